"""Detectors, one for each kind of evidence: `detect(repository)` yields facts, decides nothing."""
