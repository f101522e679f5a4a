"""A small support desk: customers, their tickets, and the comments on them."""
