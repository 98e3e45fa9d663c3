"""A dispute that is won also restores what had not started when it was taken."""

from django.db import migrations

from refill.ledger.install import SQL_DIR


class Migration(migrations.Migration):
    dependencies = [("refill", "0054_provider_differences")]
    operations = [
        migrations.RunSQL((SQL_DIR / "15_dispute.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop),
    ]
