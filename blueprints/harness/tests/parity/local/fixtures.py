"""Fixtures for every check and journey of this harness. Yours: no update touches this file."""
