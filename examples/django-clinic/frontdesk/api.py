"""The JSON API: the session and the CSRF token of the pages, JSON in and out."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db.models import ProtectedError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from frontdesk import queries, services
from frontdesk.forms import BookingForm, PatientForm, refuse_unstorable
from frontdesk.models import Appointment, Patient

View = Callable[..., HttpResponse]


class BadRequest(Exception):
    """The body is not what the API takes."""


def api(view: View) -> View:
    """A view that answers in JSON also when it refuses."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return JsonResponse({"error": "log in first"}, status=401)
        try:
            return view(request, *args, **kwargs)
        except BadRequest as problem:
            return JsonResponse({"error": str(problem)}, status=400)

    return answer


def payload(request: HttpRequest) -> dict[str, Any]:
    """The JSON object of the body, values as a form takes them: text, booleans, objects."""
    try:
        data = json.loads(request.body)
        refuse_unstorable(data)
    except ValidationError as problem:
        raise BadRequest(f"the body {problem.messages[0]}") from None
    except (ValueError, RecursionError):
        raise BadRequest("the body is not JSON") from None
    if not isinstance(data, dict):
        raise BadRequest("the body is not a JSON object")
    for name, value in data.items():
        data[name] = as_a_form_takes_it(name, value)
    return data


def as_a_form_takes_it(name: str, value: Any) -> Any:
    """Form fields read text; only the profile is an object, and only insured is true or false."""
    if name == "profile" or value is None:
        return value
    if isinstance(value, (dict, list)) or (isinstance(value, bool) and name != "insured"):
        raise BadRequest(f"{name} must be text or a number")
    return value if isinstance(value, bool) else str(value)


def patient_json(patient: Patient) -> dict[str, Any]:
    return {
        "id": patient.pk,
        "number": patient.number,
        "name": patient.name,
        "email": patient.email,
        "date_of_birth": patient.date_of_birth,
        "insured": patient.insured,
        "insured_until": patient.insured_until,
        "sessions_left": patient.sessions_left,
        "deposit": patient.deposit,
        "recall_at": patient.recall_at.isoformat() if patient.recall_at else None,
        "profile": patient.profile,
        "notes": patient.notes,
    }


def appointment_json(appointment: Appointment) -> dict[str, Any]:
    return {
        "id": appointment.pk,
        "patient": appointment.patient.number,
        "treatment": appointment.treatment.code,
        "room": appointment.room,
        "starts_at": appointment.starts_at.isoformat(),
        "fee": appointment.fee,
        "note": appointment.note,
        "status": appointment.status,
    }


def store(
    request: HttpRequest, patient: Patient, values: dict[str, Any], status: int
) -> HttpResponse:
    form = PatientForm(values)
    if not form.is_valid():
        return JsonResponse({"errors": form.errors}, status=400)
    try:
        services.store_patient(form.apply(patient), by=request.user.get_username())
    except IntegrityError:
        return JsonResponse({"error": f"{values['number']} is taken"}, status=409)
    return JsonResponse(patient_json(patient), status=status)


@api
@require_POST
def patients(request: HttpRequest) -> HttpResponse:
    return store(request, Patient(), payload(request), status=201)


@api
@require_http_methods(["GET", "PATCH", "DELETE"])
def patient(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Patient, pk=pk)
    if request.method == "PATCH":
        now = {name: value for name, value in patient_json(found).items() if name != "id"}
        return store(request, found, {**now, **payload(request)}, status=200)
    if request.method == "DELETE":
        try:
            services.delete_patient(found, by=request.user.get_username())
        except ProtectedError:
            return JsonResponse({"error": "there are appointments"}, status=409)
        return HttpResponse(status=204)
    return JsonResponse(patient_json(found))


@api
@require_POST
def appointments(request: HttpRequest) -> HttpResponse:
    form = BookingForm(payload(request))
    if not form.is_valid():
        return JsonResponse({"errors": form.errors}, status=400)
    try:
        booked = services.book(**form.cleaned_data, by=request.user.get_username())
    except IntegrityError:
        return JsonResponse({"error": "the room is taken at that time"}, status=409)
    return JsonResponse(appointment_json(booked), status=201)


@api
@require_GET
def appointment(request: HttpRequest, pk: int) -> HttpResponse:
    return JsonResponse(appointment_json(get_object_or_404(Appointment, pk=pk)))


@api
@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Appointment, pk=pk, status=Appointment.Status.BOOKED)
    services.cancel(found, by=request.user.get_username())
    return JsonResponse(appointment_json(found))


@api
@require_GET
def report(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"treatments": queries.revenue()})
