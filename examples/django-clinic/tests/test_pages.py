from unittest import mock

from django.db import IntegrityError

from frontdesk.models import Appointment
from tests.base import ClinicTestCase


class PageTests(ClinicTestCase):
    def test_health(self) -> None:
        self.assertEqual(self.client.get("/healthz/").content, b"ok")

    def test_login_leads_to_the_day(self) -> None:
        self.client.logout()
        form = {"username": "tester", "password": "correct horse"}
        self.assertRedirects(self.client.post("/login/", form), "/")

    def test_book_shows_the_appointment(self) -> None:
        answer = self.client.post("/appointments/new/", self.booking(), follow=True)
        self.assertContains(answer, "The appointment is booked.")
        self.assertContains(answer, "Ada Lovelace")
        self.assertTrue(Appointment.objects.filter(patient=self.patient, room="2").exists())

    def test_a_taken_room_is_reported(self) -> None:
        with mock.patch(
            "frontdesk.services.Appointment.objects.create", side_effect=IntegrityError
        ):
            answer = self.client.post("/appointments/new/", self.booking())
        self.assertContains(answer, "The room is taken at that time.", status_code=409)

    def test_search_ignores_case(self) -> None:
        self.assertContains(self.client.get("/patients/", {"q": "lovelace"}), "Ada Lovelace")
        self.assertNotContains(self.client.get("/patients/", {"q": "hopper"}), "Ada Lovelace")

    def test_the_report_lists_every_treatment(self) -> None:
        self.assertContains(self.client.get("/report/"), "X-ray")
