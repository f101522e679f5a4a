"""Runs in the environment of a scaffolded harness, beside its `support` package."""
