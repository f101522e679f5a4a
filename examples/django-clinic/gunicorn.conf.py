"""Read by gunicorn from the working directory; the address comes from the command line."""

workers = 2
timeout = 30
graceful_timeout = 10
