"""Allowances tell of themselves, also those of many accounts at once."""

import django.db.models.deletion
from django.db import migrations, models

from refill.ledger.install import function_text


class Migration(migrations.Migration):
    dependencies = [("refill", "0051_broadcasts")]
    operations = [
        migrations.AlterField(
            model_name="event",
            name="account",
            field=models.ForeignKey(
                db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT,
                related_name="events", to="refill.account",
            ),
        ),
        *[
            migrations.RunSQL(function_text(name), migrations.RunSQL.noop)
            for name in ("03_start.sql", "04_expire.sql", "14_renew.sql")
        ],
    ]
