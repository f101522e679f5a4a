"""Roles and databases of the harness, their rows, and the way back to where they were."""
