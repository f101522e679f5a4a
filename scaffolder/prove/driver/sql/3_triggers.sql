-- Whether a row that is written feels what its database lacks (see 6_lacking.sql for the kinds).
CREATE FUNCTION _parity.is_lacking(kind text, rel oid, name text, op text, new jsonb) RETURNS bool LANGUAGE sql STABLE AS $$
    SELECT CASE kind
        WHEN 'default' THEN op = 'INSERT' AND new -> name = 'null'
        WHEN 'trigger' THEN NOT EXISTS (SELECT FROM pg_catalog.pg_trigger
            WHERE tgrelid = rel AND tgname = name AND tgenabled <> 'D')
        WHEN 'zone' THEN EXISTS (SELECT FROM pg_catalog.pg_attribute
            WHERE attrelid = rel AND attname = name AND atttypid = 'timestamp'::regtype) AND new -> name <> 'null'
        WHEN 'required' THEN op = 'INSERT' AND new -> 'parity_required' = 'null'
        ELSE false END
$$;

CREATE FUNCTION _parity.before_row() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    f text := _parity.fault(); id text := split_part(f, '|', 1); tab text; ch jsonb; was jsonb;
BEGIN
    IF TG_OP = 'DELETE' AND (f IS NULL OR id NOT IN ('trace', 'lacking')) THEN RETURN OLD; END IF;
    IF f IS NULL THEN RETURN NEW; END IF;
    tab := _parity.label(TG_RELID);
    IF id = 'lacking' THEN
        IF split_part(f, '|', 2) = tab THEN
            PERFORM _parity.note(CASE WHEN _parity.is_lacking(split_part(f, '|', 4), TG_RELID, split_part(f, '|', 3), TG_OP,
                CASE TG_OP WHEN 'DELETE' THEN '{}' ELSE to_jsonb(NEW) END) THEN 'I' ELSE 'R' END, tab, TG_OP);
        END IF;
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'DELETE' THEN
        PERFORM _parity.note('T', tab, TG_OP, 'delete-ignored');
        RETURN OLD;
    END IF;
    IF id <> 'trace' AND split_part(f, '|', 2) NOT IN ('', tab) THEN RETURN NEW; END IF;
    IF TG_OP = 'UPDATE' THEN was := to_jsonb(OLD); END IF;
    IF id = 'trace' THEN
        PERFORM _parity.note('T', tab, TG_OP, concat_ws(' ', _parity.hits(TG_RELID, TG_OP, to_jsonb(NEW), was),
            CASE WHEN TG_OP = 'INSERT' THEN 'ghost-insert' WHEN _parity.differ(TG_RELID, to_jsonb(NEW), was) THEN 'update-ignored' END));
        RETURN NEW;
    END IF;
    IF id = 'update-ignored' THEN
        IF TG_OP <> 'UPDATE' THEN RETURN NEW; END IF;
        PERFORM _parity.note(CASE WHEN _parity.differ(TG_RELID, to_jsonb(NEW), was) THEN 'I' ELSE 'R' END, tab, TG_OP);
        RETURN OLD;
    END IF;
    IF NOT id = ANY ({ids}::text[]) THEN RETURN NEW; END IF;
    ch := _parity.changes(id, split_part(f, '|', 3), TG_RELID, TG_OP, to_jsonb(NEW), was);
    IF ch = '{}' THEN
        PERFORM _parity.note('R', tab, TG_OP);
        RETURN NEW;
    END IF;
    PERFORM _parity.note('I', tab, TG_OP, (SELECT string_agg(k, ' ') FROM jsonb_object_keys(ch) k));
    RETURN jsonb_populate_record(NEW, ch);
END $$;

-- Neither triggers nor foreign keys notice: the row is gone, or there again, and nothing else happens.
CREATE FUNCTION _parity.remove(rel regclass, gone jsonb) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog SET session_replication_role = replica AS $$
DECLARE k text := _parity.key(rel); n bigint;
BEGIN
    IF k IS NULL THEN RETURN 0; END IF;
    EXECUTE format('DELETE FROM %1$s WHERE (%2$s) = (SELECT %2$s FROM jsonb_populate_record(NULL::%1$s, $1))', rel, k)
        USING gone;
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN n;
END $$;

CREATE FUNCTION _parity.bring_back(rel regclass, gone jsonb) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog SET session_replication_role = replica AS $$
DECLARE c text; n bigint;
BEGIN
    SELECT string_agg(quote_ident(attname), ', ') INTO c FROM pg_attribute
        WHERE attrelid = rel AND attnum > 0 AND NOT attisdropped AND attgenerated = '';
    EXECUTE format('INSERT INTO %1$s (%2$s) OVERRIDING SYSTEM VALUE SELECT %2$s FROM jsonb_populate_record(NULL::%1$s, $1)'
        ' ON CONFLICT DO NOTHING', rel, c) USING gone;
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN n;
END $$;

-- The row that comes first moves behind the new one, as after any UPDATE of it. A row that somebody holds stays.
CREATE FUNCTION _parity.move(rel regclass, made jsonb) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog SET session_replication_role = replica AS $$
DECLARE k text := _parity.key(rel); c text; n bigint;
BEGIN
    IF k IS NULL THEN RETURN 0; END IF;
    SELECT quote_ident(attname) INTO c FROM pg_attribute WHERE attrelid = rel AND attnum > 0 AND NOT attisdropped
        AND attgenerated = '' AND attidentity <> 'a' ORDER BY attnum LIMIT 1;
    IF c IS NULL THEN RETURN 0; END IF;
    EXECUTE format('UPDATE %1$s SET %3$s = %3$s WHERE ctid = (SELECT ctid FROM %1$s WHERE NOT ((%2$s) ='
        ' (SELECT %2$s FROM jsonb_populate_record(NULL::%1$s, $1))) LIMIT 1 FOR UPDATE SKIP LOCKED)', rel, k, c)
        USING made;
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN n;
END $$;

CREATE FUNCTION _parity.after_row() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE f text := _parity.fault(); id text := split_part(f, '|', 1); tab text; n bigint;
BEGIN
    IF f IS NULL OR NOT (id IN ('ghost-insert', 'row-order') AND TG_OP = 'INSERT'
        OR id = 'delete-ignored' AND TG_OP = 'DELETE') THEN
        RETURN NULL;
    END IF;
    tab := _parity.label(TG_RELID);
    IF split_part(f, '|', 2) NOT IN ('', tab) THEN RETURN NULL; END IF;
    n := CASE WHEN id = 'row-order' THEN _parity.move(TG_RELID, to_jsonb(NEW))
        WHEN TG_OP = 'INSERT' THEN _parity.remove(TG_RELID, to_jsonb(NEW))
        ELSE _parity.bring_back(TG_RELID, to_jsonb(OLD)) END;
    PERFORM _parity.note(CASE WHEN n > 0 THEN 'I' ELSE 'R' END, tab, TG_OP);
    RETURN NULL;
END $$;

-- Deferred. SET CONSTRAINTS fires it as well (test frameworks do that in their teardown), and is no commit.
CREATE FUNCTION _parity.at_commit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE f text := _parity.fault(); id text := split_part(f, '|', 1); tab text; n bigint;
BEGIN
    IF f IS NULL OR id NOT IN ('trace', 'loss-at-commit') OR ltrim(current_query()) ILIKE 'set constraints%' THEN
        RETURN NULL;
    END IF;
    tab := _parity.label(TG_RELID);
    IF id = 'trace' THEN
        PERFORM _parity.note('T', tab, 'COMMIT', 'loss-at-commit');
        RETURN NULL;
    END IF;
    IF split_part(f, '|', 2) NOT IN ('', tab) THEN RETURN NULL; END IF;
    n := _parity.remove(TG_RELID, to_jsonb(NEW));
    PERFORM _parity.note(CASE WHEN n > 0 THEN 'I' ELSE 'R' END, tab, 'COMMIT');
    RETURN NULL;
END $$;

-- Settings as the application's own session has them; and statements that fail.
CREATE SEQUENCE _parity.n;
CREATE FUNCTION _parity.statement() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE f text := _parity.fault(); id text := split_part(f, '|', 1); tab text; code text; n bigint;
BEGIN
    IF f IS NULL THEN RETURN NULL; END IF;
    tab := _parity.label(TG_RELID);
    IF id IN ('trace', 'setting') THEN
        PERFORM _parity.note('S', tab, TG_OP, jsonb_build_object('timezone', current_setting('timezone'),
            'datestyle', current_setting('datestyle'), 'isolation', current_setting('transaction_isolation'))::text);
        RETURN NULL;
    END IF;
    IF id <> 'statement' OR split_part(f, '|', 2) NOT IN ('', tab) THEN RETURN NULL; END IF;
    n := nextval('_parity.n') - rtrim(split_part(f, '|', 4), '+')::bigint;
    IF n < 0 OR n > 0 AND f NOT LIKE '%+' THEN  -- `3+`: the third and every later one
        PERFORM _parity.note('R', tab, TG_OP);
        RETURN NULL;
    END IF;
    PERFORM _parity.note('I', tab, TG_OP);
    code := split_part(f, '|', 3);
    IF code = 'kill' THEN
        PERFORM pg_terminate_backend(pg_backend_pid());
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'parity: this statement fails' USING ERRCODE = code;
END $$;

-- A policy of row-level security, of tables whose templates were altered for it: what a lagging replica would not have.
-- What is in progress and seen was written by the own transaction.
CREATE FUNCTION _parity.visible(rel oid, version xid) RETURNS bool
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE f text := _parity.fault(); tab text;
BEGIN
    IF f IS NULL OR f NOT LIKE 'stale-read|%' OR age(version) > 3
        OR pg_xact_status(version::text::xid8) = 'in progress' THEN
        RETURN true;
    END IF;
    tab := _parity.label(rel);
    IF split_part(f, '|', 2) NOT IN ('', tab) THEN RETURN true; END IF;
    PERFORM _parity.note('I', tab, 'SELECT');
    RETURN false;
END $$;
