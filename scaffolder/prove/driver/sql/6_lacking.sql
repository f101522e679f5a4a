-- What the databases of a suite lack, whoever makes them. A foreign key and a trigger stay in the catalogue, and do
-- nothing: a later migration may name them. Doing it again does nothing, so that it ends.
-- `kind`: unique, foreign-key, check, not-null (name `table.column`), default, trigger, zone, required; and defaults,
-- which notes each default that is used and leaves it as it is.
CREATE FUNCTION _parity.lack(kind text, tab text, name text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog SET client_min_messages = warning AS $$
DECLARE r record;
BEGIN
    FOR r IN SELECT format('ALTER TABLE %s DROP CONSTRAINT %I CASCADE', conrelid::regclass, conname) AS change
        FROM pg_constraint WHERE contype = CASE kind WHEN 'unique' THEN 'u' WHEN 'check' THEN 'c' END
            AND conname = name AND conrelid <> 0 AND coninhcount = 0 AND _parity.ours(conrelid)
    UNION ALL SELECT format('DROP INDEX %s', indexrelid::regclass)
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        WHERE kind = 'unique' AND c.relname = name AND indisunique AND NOT indisprimary AND _parity.ours(indrelid)
            AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
    UNION ALL SELECT format('ALTER TABLE %s DISABLE TRIGGER %I', t.tgrelid::regclass, tgname)
        FROM pg_trigger t JOIN pg_constraint k ON k.oid = t.tgconstraint
        WHERE kind = 'foreign-key' AND k.conname = name AND tgenabled <> 'D'
    UNION ALL SELECT format('ALTER TABLE %s DISABLE TRIGGER %I', tgrelid::regclass, tgname)
        FROM pg_trigger WHERE kind = 'trigger' AND tgname = name AND tgenabled <> 'D' AND NOT tgisinternal
            AND _parity.label(tgrelid) = tab
    UNION ALL SELECT format(CASE kind
            WHEN 'zone' THEN 'ALTER TABLE %1$s ALTER COLUMN %2$I TYPE timestamp USING %2$I AT TIME ZONE %3$L'
            WHEN 'default' THEN 'ALTER TABLE %1$s ALTER COLUMN %2$I DROP DEFAULT'
            ELSE 'ALTER TABLE %1$s ALTER COLUMN %2$I DROP NOT NULL' END, c.oid::regclass, attname, 'UTC')
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        WHERE a.attnum > 0 AND NOT attisdropped AND NOT c.relispartition AND _parity.ours(c.oid)
            AND CASE kind WHEN 'not-null' THEN attnotnull AND c.relname || '.' || attname = name
                WHEN 'zone' THEN _parity.label(c.oid) = tab AND attname = name AND atttypid = 'timestamptz'::regtype
                WHEN 'default' THEN _parity.label(c.oid) = tab AND attname = name AND atthasdef END
    UNION ALL SELECT format('ALTER TABLE %1$s ADD COLUMN parity_required integer NOT NULL DEFAULT 0;'
            ' ALTER TABLE %1$s ALTER COLUMN parity_required DROP DEFAULT', c.oid::regclass)
        FROM pg_class c
        WHERE kind = 'required' AND NOT c.relispartition AND _parity.ours(c.oid) AND _parity.label(c.oid) = tab
            AND NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = c.oid AND attname = 'parity_required')
    UNION ALL SELECT format('ALTER TABLE %1$s ALTER COLUMN %2$I SET DEFAULT _parity.defaulted(%3$L, %2$L, %4$s)',
            a.attrelid::regclass, attname, _parity.label(a.attrelid), pg_get_expr(adbin, adrelid))
        FROM pg_attribute a JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
            JOIN pg_class c ON c.oid = a.attrelid
        WHERE kind = 'defaults' AND attgenerated = '' AND NOT c.relispartition AND _parity.ours(c.oid)
            AND pg_get_expr(adbin, adrelid) !~ '^(nextval|_parity)'
    LOOP
        EXECUTE r.change;
    END LOOP;
END $$;

CREATE FUNCTION _parity.on_change() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE f text[] := string_to_array(_parity.fault(), '|');
BEGIN
    IF f[1] = 'lacking' THEN
        PERFORM _parity.lack(f[4], f[2], f[3]);
    ELSIF f[1] = 'trace' AND f[4] = 'defaults' THEN
        PERFORM _parity.lack('defaults', '', '');
    END IF;
END $$;
CREATE EVENT TRIGGER parity_lack ON ddl_command_end
    WHEN TAG IN ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO', 'ALTER TABLE', 'CREATE INDEX', 'CREATE TRIGGER')
    EXECUTE FUNCTION _parity.on_change();
