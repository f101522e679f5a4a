"""A PostgreSQL server for the run: the ladder, and each way to a server."""
