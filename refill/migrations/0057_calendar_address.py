"""The secret address of an account's boundaries as a calendar."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("refill", "0056_purge_told")]
    operations = [
        migrations.CreateModel(
            name="CalendarAddress",
            fields=[
                (
                    "account",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name="+",
                        serialize=False, to="refill.account",
                    ),
                ),
                ("hash", models.BinaryField(unique=True)),
                ("created_at", models.DateTimeField()),
            ],
        ),
    ]
