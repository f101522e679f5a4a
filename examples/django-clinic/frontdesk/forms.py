"""What people and programs may send. The JSON API and the HTML pages share these forms."""

import math
from datetime import date, datetime, timezone
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinLengthValidator, MinValueValidator
from django.utils import timezone as clock

from frontdesk.models import Patient, Treatment

EARLIEST = datetime(1900, 1, 1, tzinfo=timezone.utc)
LATEST = datetime(2200, 1, 1, tzinfo=timezone.utc)
INSTANT_LIMITS = [MinValueValidator(EARLIEST), MaxValueValidator(LATEST)]


class ProfileField(forms.Field):
    """A JSON object as it stands."""

    def clean(self, value: Any) -> dict[str, Any]:
        value = {} if value is None else value
        if not isinstance(value, dict):
            raise ValidationError("must be an object")
        refuse_unstorable(value)
        return value


class PatientForm(forms.Form):
    number = forms.CharField(max_length=12, validators=[MinLengthValidator(2)])
    name = forms.CharField(max_length=80)
    email = forms.EmailField(max_length=120, required=False)
    date_of_birth = forms.DateField(validators=[MinValueValidator(date(1850, 1, 1))])
    insured = forms.BooleanField(required=False)
    insured_until = forms.DateField(required=False)
    sessions_left = forms.IntegerField(min_value=-(2**31), max_value=2**31 - 1, required=False)
    deposit = forms.DecimalField(max_digits=8, decimal_places=2, required=False)
    recall_at = forms.DateTimeField(required=False, validators=INSTANT_LIMITS)
    profile = ProfileField(required=False)
    notes = forms.CharField(max_length=500, required=False, strip=False)

    def clean_date_of_birth(self) -> date:
        born: date = self.cleaned_data["date_of_birth"]
        if born > clock.localdate():
            raise ValidationError("lies in the future")
        return born

    def apply(self, patient: Patient) -> Patient:
        """The patient with the cleaned values, not stored yet; absent numbers are 0."""
        values = dict(self.cleaned_data)
        for name in ("sessions_left", "deposit"):
            values[name] = values[name] or 0
        for name, value in values.items():
            setattr(patient, name, value)
        return patient


class BookingForm(forms.Form):
    patient = forms.ModelChoiceField(Patient.objects.all())
    treatment = forms.ModelChoiceField(Treatment.objects.all(), to_field_name="code")
    starts_at = forms.DateTimeField(
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}), validators=INSTANT_LIMITS
    )
    room = forms.CharField(max_length=10)
    note = forms.CharField(max_length=200, required=False, widget=forms.Textarea(attrs={"rows": 3}))


def refuse_unstorable(value: Any) -> None:
    """Refuse what JSON can say and PostgreSQL can't store: NUL, lone surrogates, infinity."""
    if isinstance(value, str):
        if "\x00" in value or any("\ud800" <= character <= "\udfff" for character in value):
            raise ValidationError("holds a character that can't be stored")
    elif isinstance(value, float) and not math.isfinite(value):
        raise ValidationError("holds a number that can't be stored")
    elif isinstance(value, dict):
        for key, item in value.items():
            refuse_unstorable(key)
            refuse_unstorable(item)
    elif isinstance(value, list):
        for item in value:
            refuse_unstorable(item)
