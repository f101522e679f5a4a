-- Production faults as triggers. Installed by the administrator, once for each database; idle until a fault is armed.
-- The armed fault stands in a setting of a role that nobody uses. That is a row of a shared catalogue: sessions that are
-- open already see it at their next statement, in every database of the server.
CREATE SCHEMA _parity;
GRANT USAGE ON SCHEMA _parity TO PUBLIC;

-- `id|table|column|argument`, or NULL; never for the administrator, who looks and cleans up.
CREATE FUNCTION _parity.fault() RETURNS text LANGUAGE sql STABLE AS $$
    SELECT substr(c, 14) FROM pg_catalog.pg_db_role_setting s, unnest(s.setconfig) c
    WHERE s.setdatabase = 0 AND s.setrole = {sentinel}::oid AND c LIKE 'parity.fault=%'
        AND session_user <> {admin}
$$;

-- Into the server's log: a rollback does not take it back, and no client sees it.
CREATE FUNCTION _parity.note(kind text, tab text, op text, extra text DEFAULT '') RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE LOG 'PARITY|%|%|%|%', kind, tab, op, translate(extra, E'\r\n', '  ');
END $$;

-- `table` in public, else `schema.table`; a partition is called as its root.
CREATE FUNCTION _parity.label(rel oid) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE n.nspname WHEN 'public' THEN '' ELSE n.nspname || '.' END || c.relname
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.oid = coalesce(pg_catalog.pg_partition_root(rel), rel)
$$;

CREATE FUNCTION _parity.key(rel oid) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)
    FROM pg_catalog.pg_index i JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
    WHERE i.indrelid = rel AND i.indisprimary
$$;

-- Plain columns with values: no keys, nothing generated, no credentials (a login that fails says nothing about a test).
CREATE FUNCTION _parity.cols(rel oid) RETURNS TABLE (name text, family text, required bool, size int)
LANGUAGE sql STABLE AS $$
    SELECT a.attname::text,
        CASE WHEN t.typname = 'citext' THEN 'citext'
            WHEN t.typcategory = 'S' THEN 'text'
            WHEN t.typname IN ('numeric', 'float4', 'float8') THEN 'number'
            WHEN t.typname IN ('timestamptz', 'timestamp') THEN 'instant'
            WHEN t.typname = 'date' THEN 'date'
            WHEN t.typname IN ('json', 'jsonb') THEN 'json'
            ELSE 'other' END,
        a.attnotnull,
        CASE WHEN t.typname IN ('varchar', 'bpchar') AND a.atttypmod > 4 THEN a.atttypmod - 4 ELSE 0 END
    FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
    WHERE a.attrelid = rel AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND a.attidentity = ''
        AND a.attname !~* '(password|passwd|secret|token|salt|digest|hash)'
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint c
            WHERE c.conrelid = rel AND c.contype IN ('p', 'f') AND a.attnum = ANY (c.conkey))
$$;

-- Tables of the application: not the system's, not an extension's, not what a framework keeps for itself.
CREATE FUNCTION _parity.ours(rel oid) RETURNS bool LANGUAGE sql STABLE AS $$
    SELECT c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND n.nspname NOT LIKE 'pg\_%'
        AND n.nspname NOT IN ('_parity', 'information_schema')
        AND c.relname NOT IN ('alembic_version', 'django_migrations', 'django_content_type', 'auth_permission',
            'django_session', 'schema_migrations', 'aerich', 'flyway_schema_history')
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid
            AND deptype = 'e')
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = rel
$$;
