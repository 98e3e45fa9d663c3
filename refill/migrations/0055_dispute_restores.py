"""A dispute that is won also restores what had not started when it was taken."""

from django.db import migrations

from refill.ledger.install import function_text


class Migration(migrations.Migration):
    dependencies = [("refill", "0054_provider_differences")]
    operations = [
        migrations.RunSQL(function_text("15_dispute.sql"), migrations.RunSQL.noop),
    ]
