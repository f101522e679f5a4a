"""Places of a harness that judge, switched off one by one; see tests/mutate.py."""
