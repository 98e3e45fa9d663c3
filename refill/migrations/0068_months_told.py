"""Each month of a year's credits is told when it begins."""

from django.db import migrations, models

WAITING = """
update refill_period p set month_at = g.starts_at
  from (select period_id, min(starts_at) as starts_at from refill_grant
         where not started and source = 'allowance' and cause like 'month-%' group by period_id) g
 where p.id = g.period_id and p.state = 'current'
"""


class Migration(migrations.Migration):

    dependencies = [("refill", "0067_batches_try_first")]

    operations = [
        migrations.AddField(
            "period",
            "month_at",
            models.DateTimeField(help_text="when the next month of a year is told; none: no more", null=True),
        ),
        migrations.AddIndex(
            "period",
            models.Index("month_at", name="period_month_to_tell", condition=models.Q(month_at__isnull=False)),
        ),
        migrations.RunSQL(WAITING, migrations.RunSQL.noop),
    ]
