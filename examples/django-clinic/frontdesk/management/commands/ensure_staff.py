"""Make sure that a member of staff can log in. Run twice, it changes nothing the second time."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("password")

    def handle(self, *args: Any, **options: Any) -> None:
        user, created = get_user_model().objects.get_or_create(username=options["username"])
        if created or not user.check_password(options["password"]):
            user.is_staff = True
            user.set_password(options["password"])
            user.save()
        self.stdout.write(f"{user.get_username()} can log in")
