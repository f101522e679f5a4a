"""What the tests share: a member of staff, a patient, a client that sends JSON."""

from datetime import date
from typing import Any

from django.contrib.auth import get_user_model
from django.http import HttpResponse
from django.test import TestCase

from frontdesk.models import Patient, Treatment


class ClinicTestCase(TestCase):
    def setUp(self) -> None:
        self.user = get_user_model().objects.create_user("tester", password="correct horse")
        self.client.force_login(self.user)
        self.patient = Patient.objects.create(
            number="T-1",
            name="Ada Lovelace",
            email="ada@example.org",
            date_of_birth=date(1985, 12, 10),
        )
        self.treatment = Treatment.objects.get(code="CLEAN")

    def send(self, method: str, path: str, data: Any) -> HttpResponse:
        return getattr(self.client, method)(path, data, content_type="application/json")

    def booking(self, **changes: Any) -> dict[str, Any]:
        return {
            "patient": self.patient.pk,
            "treatment": "CLEAN",
            "starts_at": "2027-06-01T09:30:00Z",
            "room": "2",
            "note": "first visit",
            **changes,
        }
