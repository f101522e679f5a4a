from django.core.validators import MinLengthValidator
from django.db import models
from django.utils import timezone


class Patient(models.Model):
    number = models.CharField(max_length=12, unique=True, validators=[MinLengthValidator(2)])
    name = models.CharField(max_length=80)
    email = models.EmailField(max_length=120, blank=True)
    date_of_birth = models.DateField()
    insured = models.BooleanField(default=False)
    insured_until = models.DateField(null=True, blank=True)
    sessions_left = models.IntegerField(default=0)  # below zero: sessions owed
    deposit = models.DecimalField(max_digits=8, decimal_places=2, default=0)
    recall_at = models.DateTimeField(null=True, blank=True)
    profile = models.JSONField(default=dict)
    notes = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["name", "number"]

    def __str__(self) -> str:
        return f"{self.name} ({self.number})"


class Treatment(models.Model):
    code = models.CharField(max_length=8, unique=True)
    title = models.CharField(max_length=60)
    fee = models.DecimalField(max_digits=8, decimal_places=2)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.title} (EUR {self.fee})"


class Appointment(models.Model):
    class Status(models.TextChoices):
        BOOKED = "booked"
        CANCELLED = "cancelled"

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="appointments")
    treatment = models.ForeignKey(Treatment, on_delete=models.PROTECT)
    room = models.CharField(max_length=10)
    starts_at = models.DateTimeField()
    fee = models.DecimalField(
        max_digits=8, decimal_places=2
    )  # the treatment's, on the day of booking
    note = models.CharField(max_length=200, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.BOOKED)
    created_at = models.DateTimeField(default=timezone.now)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["starts_at", "room"]
        constraints = [
            models.UniqueConstraint(
                fields=["room", "starts_at"],
                condition=models.Q(status="booked"),
                name="one_booking_per_room_and_time",
            )
        ]

    def __str__(self) -> str:
        return f"{self.patient} in room {self.room}"


class DayCount(models.Model):
    """Bookings taken per day: the number on the wall of the front desk."""

    day = models.DateField(unique=True)
    booked = models.IntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.day}: {self.booked}"


class AccessLog(models.Model):
    """Who did what to whose record; kept for the auditor."""

    username = models.CharField(max_length=150)
    action = models.CharField(max_length=20)
    subject = models.CharField(max_length=60)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.username} {self.action} {self.subject}"
