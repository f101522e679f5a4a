from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from frontdesk import api, views

urlpatterns = [
    path("healthz/", views.healthz, name="healthz"),
    path("login/", LoginView.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("", views.day, name="day"),
    path("patients/", views.patients, name="patients"),
    path("appointments/new/", views.book, name="book"),
    path("appointments/<int:pk>/", views.appointment, name="appointment"),
    path("report/", views.report, name="report"),
    path("api/patients/", api.patients, name="api-patients"),
    path("api/patients/<int:pk>/", api.patient, name="api-patient"),
    path("api/appointments/", api.appointments, name="api-appointments"),
    path("api/appointments/<int:pk>/", api.appointment, name="api-appointment"),
    path("api/appointments/<int:pk>/cancel/", api.cancel, name="api-cancel"),
    path("api/report/", api.report, name="api-report"),
]
