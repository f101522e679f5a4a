"""The SQL that is clearer than its ORM form."""

from datetime import date, datetime
from decimal import Decimal

from django.db import connection
from django.db.models.query import RawQuerySet

from frontdesk.models import Appointment


def count_booking(day: date) -> None:
    """Add one to the bookings taken on `day`."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO frontdesk_daycount (day, booked) VALUES (%s, 1)
            ON CONFLICT (day) DO UPDATE SET booked = frontdesk_daycount.booked + 1
            """,
            [day],
        )


def revenue() -> list[dict[str, object]]:
    """Appointments and fees per treatment, without what was cancelled."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT t.code, t.title, count(a.id), coalesce(sum(a.fee), 0)
            FROM frontdesk_treatment t
            LEFT JOIN frontdesk_appointment a ON a.treatment_id = t.id AND a.status = 'booked'
            GROUP BY t.code, t.title
            ORDER BY t.code
            """
        )
        return [
            {"code": code, "title": title, "appointments": number, "revenue": Decimal(fees)}
            for code, title, number, fees in cursor.fetchall()
        ]


def due_for_reminder(until: datetime) -> "RawQuerySet[Appointment]":
    """Booked appointments before `until` of patients with an e-mail address, not reminded yet."""
    return Appointment.objects.raw(
        """
        SELECT a.*
        FROM frontdesk_appointment a
        JOIN frontdesk_patient p ON p.id = a.patient_id
        WHERE a.status = 'booked' AND a.reminded_at IS NULL AND a.starts_at < %s AND p.email <> ''
        ORDER BY a.starts_at
        """,
        [until],
    )
