"""Proving: production faults are injected, and it is shown which tests notice."""
