"""The application as processes: its server, its commands, its migrations."""
