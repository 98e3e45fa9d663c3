"""Ordinary spends of many accounts in one transaction, for the lane."""

from django.db import migrations

from refill.ledger.install import function_text


class Migration(migrations.Migration):
    dependencies = [("refill", "0057_calendar_address")]
    operations = [
        migrations.RunSQL(function_text("20_together.sql"), migrations.RunSQL.noop),
    ]
