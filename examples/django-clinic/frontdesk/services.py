"""What the front desk does: each function is one action, stored as a whole or not at all."""

from datetime import datetime

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.utils import timezone

from frontdesk.models import AccessLog, Appointment, Patient, Treatment
from frontdesk.queries import count_booking


def record(username: str, action: str, subject: str) -> None:
    AccessLog.objects.create(username=username, action=action, subject=subject)


def book(
    *, patient: Patient, treatment: Treatment, starts_at: datetime, room: str, note: str, by: str
) -> Appointment:
    """Book an appointment; IntegrityError when the room is taken at that time."""
    with transaction.atomic():
        count_booking(timezone.localdate())
        appointment = Appointment.objects.create(
            patient=patient,
            treatment=treatment,
            starts_at=starts_at,
            room=room,
            note=note,
            fee=treatment.fee,
        )
        record(by, "booked", f"appointment {appointment.pk}")
    return appointment


def cancel(appointment: Appointment, *, by: str) -> None:
    """Cancel an appointment and free its room."""
    with transaction.atomic():
        appointment.status = Appointment.Status.CANCELLED
        appointment.cancelled_at = timezone.now()
        appointment.save(update_fields=["status", "cancelled_at"])
        record(by, "cancelled", f"appointment {appointment.pk}")


def store_patient(patient: Patient, *, by: str) -> Patient:
    """Create or change a patient; IntegrityError when the number belongs to another."""
    with transaction.atomic():
        action = "changed" if patient.pk else "created"
        patient.save()
        record(by, action, f"patient {patient.number}")
    return patient


def delete_patient(patient: Patient, *, by: str) -> None:
    """Delete a patient; ProtectedError while there are appointments."""
    with transaction.atomic():
        number = patient.number
        patient.delete()
        record(by, "deleted", f"patient {number}")


def remind(appointment: Appointment) -> None:
    """Send the reminder of one appointment, and note that it went out."""
    local = timezone.localtime(appointment.starts_at)
    send_mail(
        "Your appointment",
        f"{appointment.patient.name}, we expect you on {local:%d.%m.%Y at %H:%M}.",
        settings.DEFAULT_FROM_EMAIL,
        [appointment.patient.email],
    )
    appointment.reminded_at = timezone.now()
    appointment.save(update_fields=["reminded_at"])
