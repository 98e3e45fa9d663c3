"""What is taken back of a period's allowance counts as granted no more."""

from django.db import migrations

from refill.ledger.install import function_text

FILL = """
update refill_balance b set allowance_granted = b.allowance_granted - taken.credits
  from (select g.account_id, sum(g.revoked) as credits from refill_grant g
          join refill_period p on p.id = g.period_id and p.state = 'current'
          where g.source = 'allowance' and g.started group by g.account_id) taken
  where taken.account_id = b.account_id and taken.credits > 0
"""


class Migration(migrations.Migration):
    dependencies = [("refill", "0070_entrances")]
    operations = [
        *[migrations.RunSQL(function_text(name), migrations.RunSQL.noop) for name in ("03_start.sql", "04_expire.sql")],
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
