"""What a grant points to is asked for once a statement, without locks; balances are checked after the row, not before it."""

import django.db.models.deletion
from django.db import migrations, models

from refill.ledger.install import function_text


class Migration(migrations.Migration):
    dependencies = [("refill", "0074_credited_from")]

    operations = [
        *(
            migrations.RunSQL(function_text(name), migrations.RunSQL.noop)
            for name in ("11_immutable.sql", "13_batch.sql", "17_belonging.sql")
        ),
        migrations.RunSQL(
            "alter table refill_grant drop constraint refill_grant_subscription_id_in_account,"
            " drop constraint refill_grant_period_id_in_account",
            migrations.RunSQL.noop,
        ),
        migrations.AlterField(
            "grant",
            "account",
            models.ForeignKey(
                "refill.account",
                django.db.models.deletion.PROTECT,
                related_name="grants",
                db_index=False,
                db_constraint=False,
            ),
        ),
    ]
