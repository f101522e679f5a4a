"""Remind patients of tomorrow's appointments, once or for ever."""

import signal
import threading
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand
from django.db import close_old_connections
from django.utils import timezone

from frontdesk import queries, services


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--loop", action="store_true", help="go on until SIGTERM")
        parser.add_argument("--interval", type=int, default=60, help="seconds between two rounds")
        parser.add_argument("--hours", type=int, default=24, help="how far to look ahead")

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        if options["loop"]:
            signal.signal(signal.SIGTERM, lambda *_: stop.set())
            self.stdout.write("waiting for appointments")
        while True:
            self.stdout.write(f"sent {self.send(options['hours'])} reminders")
            self.stdout.flush()
            if not options["loop"] or stop.wait(options["interval"]):
                return
            close_old_connections()

    def send(self, hours: int) -> int:
        due = list(queries.due_for_reminder(timezone.now() + timedelta(hours=hours)))
        for appointment in due:
            services.remind(appointment)
        return len(due)
