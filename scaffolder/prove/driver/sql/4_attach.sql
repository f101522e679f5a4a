CREATE FUNCTION _parity.attach(rel regclass) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    IF NOT _parity.ours(rel)
        OR EXISTS (SELECT FROM pg_trigger WHERE tgrelid = rel AND tgname = 'zz_parity_row') THEN
        RETURN;
    END IF;
    EXECUTE format('CREATE TRIGGER zz_parity_statement BEFORE INSERT OR UPDATE OR DELETE ON %s'
        ' FOR EACH STATEMENT EXECUTE FUNCTION _parity.statement()', rel);
    EXECUTE format('CREATE TRIGGER zz_parity_row BEFORE INSERT OR UPDATE OR DELETE ON %s'
        ' FOR EACH ROW EXECUTE FUNCTION _parity.before_row()', rel);
    EXECUTE format('CREATE TRIGGER zz_parity_after AFTER INSERT OR DELETE ON %s'
        ' FOR EACH ROW EXECUTE FUNCTION _parity.after_row()', rel);
END $$;

-- A pending deferred trigger forbids DDL in the same transaction: for databases whose migrations have run.
CREATE FUNCTION _parity.attach_deferred(rel regclass) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    IF _parity.ours(rel)
        AND NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = rel AND tgname = 'zz_parity_commit') THEN
        EXECUTE format('CREATE CONSTRAINT TRIGGER zz_parity_commit AFTER INSERT ON %s DEFERRABLE INITIALLY DEFERRED'
            ' FOR EACH ROW EXECUTE FUNCTION _parity.at_commit()', rel);
    END IF;
END $$;

-- Partitions have the triggers of their parent.
CREATE FUNCTION _parity.attach_all() RETURNS void LANGUAGE sql SECURITY DEFINER AS $$
    SELECT _parity.attach(oid), _parity.attach_deferred(oid)
    FROM pg_catalog.pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition AND _parity.ours(oid)
$$;
