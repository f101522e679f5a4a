from decimal import Decimal

from frontdesk.models import Appointment, Patient
from tests.base import ClinicTestCase

NEW = {
    "number": "T-2",
    "name": "Grace Hopper",
    "date_of_birth": "1986-12-09",
    "insured": True,
    "sessions_left": 4,
    "deposit": "25.00",
    "recall_at": "2027-06-01T09:30:00Z",
    "profile": {"allergies": ["latex"]},
    "notes": "prefers mornings",
}


class PatientApiTests(ClinicTestCase):
    def test_create_answers_what_was_sent(self) -> None:
        answer = self.send("post", "/api/patients/", NEW)
        self.assertEqual(answer.status_code, 201)
        body = answer.json()
        for name in ("number", "name", "date_of_birth", "insured", "profile", "notes"):
            self.assertEqual(body[name], NEW[name])
        self.assertEqual(Decimal(body["deposit"]), 25)
        self.assertTrue(body["recall_at"].startswith("2027-06-01T09:30:00"))
        self.assertTrue(Patient.objects.filter(number="T-2").exists())

    def test_create_without_a_name_is_refused(self) -> None:
        answer = self.send("post", "/api/patients/", {**NEW, "name": ""})
        self.assertEqual(answer.status_code, 400)
        self.assertIn("name", answer.json()["errors"])

    def test_a_nul_character_is_refused(self) -> None:
        answer = self.send("post", "/api/patients/", {**NEW, "notes": "a\x00b"})
        self.assertEqual(answer.status_code, 400)

    def test_change_answers_the_new_values(self) -> None:
        answer = self.send("patch", f"/api/patients/{self.patient.pk}/", {"sessions_left": 9})
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(answer.json()["sessions_left"], 9)
        self.assertEqual(answer.json()["name"], "Ada Lovelace")

    def test_delete_removes_the_patient(self) -> None:
        answer = self.client.delete(f"/api/patients/{self.patient.pk}/")
        self.assertEqual(answer.status_code, 204)
        self.assertFalse(Patient.objects.filter(number="T-1").exists())

    def test_a_patient_with_appointments_stays(self) -> None:
        self.send("post", "/api/appointments/", self.booking())
        answer = self.client.delete(f"/api/patients/{self.patient.pk}/")
        self.assertEqual(answer.status_code, 409)

    def test_strangers_are_refused(self) -> None:
        self.client.logout()
        self.assertEqual(self.send("post", "/api/patients/", NEW).status_code, 401)


class AppointmentApiTests(ClinicTestCase):
    def test_book_takes_the_fee_of_the_treatment(self) -> None:
        answer = self.send("post", "/api/appointments/", self.booking())
        self.assertEqual(answer.status_code, 201)
        self.assertEqual(answer.json()["fee"], "89.90")

    def test_cancel_frees_the_appointment(self) -> None:
        booked = self.send("post", "/api/appointments/", self.booking()).json()
        answer = self.send("post", f"/api/appointments/{booked['id']}/cancel/", {})
        self.assertEqual(answer.json()["status"], "cancelled")
        stored = Appointment.objects.get(pk=booked["id"])
        self.assertEqual(stored.status, "cancelled")
        self.assertIsNotNone(stored.cancelled_at)

    def test_the_report_adds_up_the_fees(self) -> None:
        self.send("post", "/api/appointments/", self.booking())
        self.send("post", "/api/appointments/", self.booking(room="3"))
        rows = {row["code"]: row for row in self.client.get("/api/report/").json()["treatments"]}
        self.assertEqual(rows["CLEAN"]["appointments"], 2)
        self.assertEqual(float(rows["CLEAN"]["revenue"]), 179.8)
        self.assertEqual(rows["XRAY"]["appointments"], 0)
