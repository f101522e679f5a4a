"""Reading a repository: detectors find facts with evidence, and decide nothing."""
