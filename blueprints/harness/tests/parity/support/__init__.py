"""What the checks share: the application, its database, and the results."""
