"""Decide what is caught where: pure functions from a Spec to an Allocation."""
