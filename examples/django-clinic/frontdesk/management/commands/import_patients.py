"""Import patients from a CSV file with the columns number, name, date_of_birth and email."""

import csv
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from frontdesk.forms import PatientForm
from frontdesk.models import Patient


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        """All rows or none; rows whose number is known are left alone and counted."""
        imported = known = 0
        with options["file"].open(encoding="utf-8", newline="") as file, transaction.atomic():
            for line, row in enumerate(csv.DictReader(file), start=2):
                if Patient.objects.filter(number=row.get("number")).exists():
                    known += 1
                    continue
                form = PatientForm(row)
                if not form.is_valid():
                    raise CommandError(f"{options['file']}:{line}: {dict(form.errors)}")
                form.apply(Patient()).save()
                imported += 1
        self.stdout.write(f"imported {imported}, already known {known}")
