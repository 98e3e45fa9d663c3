"""A renewal writes periods and grants: no index on them that another one, or part of one, serves as well."""

import django.db.models.deletion
from django.db import migrations, models

from refill.ledger.install import function_text


class Migration(migrations.Migration):

    dependencies = [("refill", "0002_sql")]

    operations = [
        migrations.RemoveConstraint("grant", "one_allowance"),
        migrations.AddConstraint(
            "grant",
            models.UniqueConstraint(
                "account", "period_id", "cause", condition=models.Q(source="allowance"), name="one_allowance"
            ),
        ),
        migrations.RemoveIndex("grant", "grant_period"),
        migrations.RemoveIndex("period", "period_by_account"),
        migrations.AlterField(
            "period",
            "policy",
            models.ForeignKey("refill.policyversion", django.db.models.deletion.PROTECT, related_name="+", db_index=False),
        ),
        migrations.AlterField(
            "period",
            "price",
            models.ForeignKey("refill.price", django.db.models.deletion.PROTECT, related_name="+", db_index=False),
        ),
        migrations.AddIndex(
            "period", models.Index("price", name="period_at_price", condition=models.Q(state="upcoming"))
        ),
        migrations.RunSQL(function_text("03_start.sql"), migrations.RunSQL.noop),
        migrations.RunSQL(function_text("14_renew.sql"), migrations.RunSQL.noop),
    ]
