"""What a snapshot asks the catalogue: tables, sequences, and all that rows cannot bring back."""

# A fingerprint of everything that DELETE and INSERT cannot bring back, and the triggers that would
# fire for the restore itself.
STRUCTURE = """
    SELECT (SELECT (count(*), max(oid)) FROM pg_class
            WHERE oid >= 16384 AND relpersistence <> 't'
                AND relnamespace <> 'pg_toast'::regnamespace)::text,
        (SELECT sum(hashtext((attrelid, attname, atttypid, atttypmod, attnotnull)::text)::bigint)
            FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
            WHERE attrelid >= 16384 AND attnum > 0 AND relpersistence <> 't'
                AND relkind IN ('r', 'p', 'v')),
        (SELECT (count(*), max(oid)) FROM pg_constraint)::text,
        (SELECT (count(*), max(oid)) FROM pg_attrdef)::text,
        (SELECT (count(*), max(oid)) FROM pg_enum)::text,
        (SELECT count(*) FROM pg_largeobject_metadata),
        (SELECT array_agg(ARRAY[n.nspname, c.relname, tgname, tgenabled::text])
            FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid
            JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE NOT tgisinternal AND c.relkind = 'r' AND tgenabled::text = ANY({}))
"""
# Leaf tables with the columns that take a value; what an extension brought is the extension's.
TABLES = """
    SELECT n.nspname, c.relname, coalesce(array_agg(a.attname::text ORDER BY a.attnum)
        FILTER (WHERE a.attgenerated = ''), '{}')
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relkind = 'r' AND c.relpersistence <> 't'
        AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
        AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass
                        AND objid = c.oid AND deptype = 'e')
    GROUP BY c.oid, n.nspname, c.relname ORDER BY n.nspname, c.relname
"""
SEQUENCES = """
    SELECT c.oid::bigint, n.nspname, c.relname
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'S' AND c.relpersistence <> 't'
"""
VIEWS = "SELECT schemaname, matviewname FROM pg_matviews WHERE ispopulated"
