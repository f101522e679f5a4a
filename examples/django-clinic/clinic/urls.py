from django.urls import include, path

urlpatterns = [path("", include("frontdesk.urls"))]
