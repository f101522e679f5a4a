import tempfile
from datetime import datetime, timezone
from io import StringIO
from pathlib import Path

from django.contrib.auth import get_user_model
from django.core import mail
from django.core.management import CommandError, call_command
from freezegun import freeze_time

from frontdesk import services
from frontdesk.models import Patient
from tests.base import ClinicTestCase

HEADER = "number,name,date_of_birth,email\n"


def call(*arguments: str) -> str:
    output = StringIO()
    call_command(*arguments, stdout=output)
    return output.getvalue()


class ReminderTests(ClinicTestCase):
    @freeze_time("2027-06-01 08:00:00")
    def test_each_appointment_is_reminded_once(self) -> None:
        services.book(
            patient=self.patient,
            treatment=self.treatment,
            starts_at=datetime(2027, 6, 1, 15, 30, tzinfo=timezone.utc),
            room="1",
            note="",
            by="tester",
        )
        self.assertIn("sent 1 reminders", call("send_reminders"))
        self.assertIn("sent 0 reminders", call("send_reminders"))
        self.assertEqual(len(mail.outbox), 1)
        self.assertIn("Ada Lovelace", mail.outbox[0].body)


class ImportTests(ClinicTestCase):
    def run_import(self, rows: str) -> str:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "patients.csv"
            file.write_text(HEADER + rows, encoding="utf-8")
            return call("import_patients", str(file))

    def test_known_numbers_are_left_alone(self) -> None:
        output = self.run_import("T-1,Someone Else,1990-01-01,\nT-9,Alan Turing,1992-06-23,\n")
        self.assertIn("imported 1, already known 1", output)
        self.assertEqual(Patient.objects.get(number="T-1").name, "Ada Lovelace")

    def test_a_bad_row_names_its_line_and_stores_nothing(self) -> None:
        with self.assertRaisesRegex(CommandError, "patients.csv:3"):
            self.run_import("T-8,Alan Turing,1992-06-23,\nT-9,Nobody,yesterday,\n")
        self.assertFalse(Patient.objects.filter(number="T-8").exists())


class StaffTests(ClinicTestCase):
    def test_ensure_staff_can_be_repeated(self) -> None:
        for _ in range(2):
            call("ensure_staff", "night-shift", "pass word")
        user = get_user_model().objects.get(username="night-shift")
        self.assertTrue(user.is_staff)
        self.assertTrue(user.check_password("pass word"))
