-- In template1, for databases that a test runner makes itself: whatever table comes, its triggers come with it.
CREATE FUNCTION _parity.on_ddl() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE r record;
BEGIN
    FOR r IN SELECT objid FROM pg_event_trigger_ddl_commands()
        WHERE classid = 'pg_class'::regclass AND object_type = 'table' LOOP
        IF NOT (SELECT relispartition FROM pg_class WHERE oid = r.objid) THEN
            PERFORM _parity.attach(r.objid);
            PERFORM _parity.attach_deferred(r.objid);
        END IF;
    END LOOP;
END $$;
CREATE EVENT TRIGGER parity_attach ON ddl_command_end
    WHEN TAG IN ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO') EXECUTE FUNCTION _parity.on_ddl();
