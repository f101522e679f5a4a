"""Count the bookings that were taken before the count existed."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("frontdesk", "0003_cancel_and_remind")]
    operations = [
        migrations.RunSQL(
            """
            INSERT INTO frontdesk_daycount (day, booked)
            SELECT CAST(created_at AS date), count(*)
            FROM frontdesk_appointment
            WHERE CAST(created_at AS date) NOT IN (SELECT day FROM frontdesk_daycount)
            GROUP BY CAST(created_at AS date)
            """,
            migrations.RunSQL.noop,
        )
    ]
