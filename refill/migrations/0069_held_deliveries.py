"""Deliveries that a restored backup was about to make wait for an operator's word."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("refill", "0068_months_told")]

    operations = [
        migrations.AlterField(
            "delivery",
            "due_at",
            models.DateTimeField(help_text="pending: none waits for an operator's word after a restore", null=True),
        ),
    ]
