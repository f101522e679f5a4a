"""The treatments that every clinic starts with."""

from decimal import Decimal

from django.db import migrations

TREATMENTS = [
    ("CHECK", "Check-up", Decimal("45.50")),
    ("CLEAN", "Cleaning", Decimal("89.90")),
    ("XRAY", "X-ray", Decimal("120.00")),
]


def add(apps, schema_editor):
    treatment = apps.get_model("frontdesk", "Treatment")
    for code, title, fee in TREATMENTS:
        treatment.objects.get_or_create(code=code, defaults={"title": title, "fee": fee})


class Migration(migrations.Migration):
    dependencies = [("frontdesk", "0001_initial")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
