"""For `python manage.py test --settings=clinic.settings_test`: quick, needs no server."""

from clinic.base import *  # noqa: F403

SECRET_KEY = "only-for-tests"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
TIME_ZONE = "UTC"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
