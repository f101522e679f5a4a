"""Journeys: requests, what they must store, what must be visible; and other values sent the same way."""
