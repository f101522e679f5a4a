"""The application's own environment, installed from its lock."""
