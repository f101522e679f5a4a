-- What becomes of a value. The arms come from the catalogue of faults.
CREATE FUNCTION _parity.value(id text, family text, v text) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN CASE {arms} ELSE v END;
END $$;

CREATE FUNCTION _parity.same(family text, a jsonb, b jsonb) RETURNS bool LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF a IS NOT DISTINCT FROM b THEN RETURN true; END IF;
    IF a = 'null' OR b = 'null' OR a IS NULL OR b IS NULL THEN RETURN false; END IF;
    IF family = 'instant' THEN RETURN (a #>> '{}')::timestamptz = (b #>> '{}')::timestamptz; END IF;
    IF family = 'number' THEN RETURN (a #>> '{}')::numeric = (b #>> '{}')::numeric; END IF;
    RETURN false;
END $$;

-- Whether a change changes anything. Generated columns are not there yet when a trigger comes before.
CREATE FUNCTION _parity.differ(rel oid, a jsonb, b jsonb) RETURNS bool LANGUAGE plpgsql STABLE AS $$
DECLARE made text[];
BEGIN
    IF a = b THEN RETURN false; END IF;
    SELECT coalesce(array_agg(attname::text), '{}') INTO made FROM pg_catalog.pg_attribute
        WHERE attrelid = rel AND attgenerated <> '';
    RETURN a - made <> b - made;
END $$;

-- The value that a fault gives a column, or NULL where it leaves it alone. Of a changed row only what the statement
-- changed: else each further change would alter the value again.
CREATE FUNCTION _parity.altered(id text, family text, required bool, size int, op text, v jsonb, old jsonb)
RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
DECLARE t text; n jsonb;
BEGIN
    IF op = 'UPDATE' AND v IS NOT DISTINCT FROM old THEN RETURN NULL; END IF;
    IF id = 'stale-column' THEN
        RETURN CASE WHEN op = 'UPDATE' AND NOT _parity.same(family, v, old) THEN old END;
    END IF;
    IF v = 'null' THEN RETURN NULL; END IF;
    IF id = 'column-null' THEN RETURN CASE WHEN NOT required THEN 'null'::jsonb END; END IF;
    t := _parity.value(id, family, v #>> '{}');
    IF t IS NULL THEN RETURN CASE WHEN NOT required THEN 'null'::jsonb END; END IF;
    IF t = v #>> '{}' THEN RETURN NULL; END IF;
    IF size > 0 AND length(t) > size THEN RETURN NULL; END IF;
    n := CASE WHEN family = 'json' THEN t::jsonb ELSE to_jsonb(t) END;
    IF family = 'json' AND jsonb_typeof(v) = 'string' THEN RETURN NULL; END IF;
    RETURN CASE WHEN NOT _parity.same(family, n, v) THEN n END;
END $$;

CREATE FUNCTION _parity.changes(id text, col text, rel oid, op text, new jsonb, old jsonb) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT coalesce(jsonb_object_agg(c.name, n.value) FILTER (WHERE n.value IS NOT NULL), '{}')
    FROM _parity.cols(rel) c, LATERAL (SELECT _parity.altered(id, c.family, c.required, c.size, op, new -> c.name,
        old -> c.name) AS value) n
    WHERE col IN ('', c.name)
$$;

-- Every fault and column that a written row would show: one run decides which tests a fault can reach. `written` is no
-- fault: the columns that were given a value, whichever faults were asked for.
CREATE FUNCTION _parity.hits(rel oid, op text, new jsonb, old jsonb) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT coalesce(string_agg(i.id || '.' || c.name, ' '), '')
    FROM _parity.cols(rel) c, unnest({ids}::text[] || 'written'::text) AS i(id)
    WHERE CASE i.id WHEN 'written'
        THEN new -> c.name <> 'null' AND (op = 'INSERT' OR new -> c.name IS DISTINCT FROM old -> c.name)
        ELSE _parity.altered(i.id, c.family, c.required, c.size, op, new -> c.name, old -> c.name) IS NOT NULL END
$$;

-- Stands around a default, in a template that tells which defaults are used.
CREATE FUNCTION _parity.defaulted(tab text, col text, v anyelement) RETURNS anyelement LANGUAGE plpgsql AS $$
BEGIN
    IF _parity.fault() LIKE 'trace|%' THEN PERFORM _parity.note('T', tab, 'DEFAULT', 'default-dropped.' || col); END IF;
    RETURN v;
END $$;
