"""The pages of the front desk."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import IntegrityError, connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from frontdesk import queries, services
from frontdesk.forms import BookingForm
from frontdesk.models import Appointment, DayCount, Patient


@require_GET
def healthz(request: HttpRequest) -> HttpResponse:
    """Up, and the database answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM frontdesk_treatment")
        cursor.fetchone()
    return HttpResponse("ok", content_type="text/plain")


@login_required
@require_GET
def day(request: HttpRequest) -> HttpResponse:
    """What comes next, and how many bookings were taken today."""
    coming = Appointment.objects.filter(
        status=Appointment.Status.BOOKED, starts_at__gte=timezone.now()
    ).select_related("patient", "treatment")[:50]
    taken = DayCount.objects.filter(day=timezone.localdate()).first()
    return render(request, "frontdesk/day.html", {"coming": coming, "taken": taken})


@login_required
@require_GET
def patients(request: HttpRequest) -> HttpResponse:
    words = request.GET.get("q", "").replace("\x00", "")
    found = Patient.objects.filter(name__icontains=words)[:50]
    return render(request, "frontdesk/patients.html", {"patients": found, "q": words})


@login_required
@require_http_methods(["GET", "POST"])
def book(request: HttpRequest) -> HttpResponse:
    form = BookingForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                booked = services.book(**form.cleaned_data, by=request.user.get_username())
            except IntegrityError:
                form.add_error("room", "The room is taken at that time.")
                status = 409
            else:
                messages.success(request, "The appointment is booked.")
                return redirect("appointment", pk=booked.pk)
    return render(request, "frontdesk/book.html", {"form": form}, status=status)


@login_required
@require_GET
def appointment(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Appointment.objects.select_related("patient", "treatment"), pk=pk)
    return render(request, "frontdesk/appointment.html", {"appointment": found})


@login_required
@require_GET
def report(request: HttpRequest) -> HttpResponse:
    return render(request, "frontdesk/report.html", {"rows": queries.revenue()})
