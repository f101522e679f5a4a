"""Data, not code: the check catalogue and the gap categories."""
