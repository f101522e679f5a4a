"""Read by gunicorn from the working directory."""

import os

bind = os.environ.get("BIND", "0.0.0.0:8000")
workers = 2
timeout = 30
graceful_timeout = 10
