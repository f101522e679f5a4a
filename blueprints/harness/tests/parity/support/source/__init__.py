"""What can be read from the application's source: modules, models, SQL."""
