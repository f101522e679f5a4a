"""Runs in the environment of a rendered harness: performs write operations, sees what changes."""
