"""Ordinary spends of many accounts in one transaction, for the lane."""

from django.db import migrations

from refill.ledger.install import SQL_DIR


class Migration(migrations.Migration):
    dependencies = [("refill", "0057_calendar_address")]
    operations = [
        migrations.RunSQL((SQL_DIR / "20_together.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop),
    ]
