"""The shop: an HTTP service, a worker and a command line on one database."""
