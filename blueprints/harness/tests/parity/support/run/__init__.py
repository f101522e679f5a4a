"""One run: what it shares, what its checks came to, and how that is told."""
