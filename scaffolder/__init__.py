"""parity: scaffold tests that can fail the way production fails."""

__version__ = "0.1.0"
