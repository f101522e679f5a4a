"""Observing: the application runs in a copy, and what it stores is looked at."""
