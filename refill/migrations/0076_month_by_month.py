"""A year's credits that are dealt out by the month reset by the month."""

from django.db import migrations

from refill.ledger.install import function_text

FILES = ("03_start.sql", "04_expire.sql", "10_read.sql")
FILL = """
drop function if exists ledger_restore(bigint, bigint);
drop function if exists ledger_count_less(refill_grant, bigint);
select ledger_allowed(account_id) from (
  select distinct account_id from refill_grant where source = 'allowance' and not started) dealt
"""


class Migration(migrations.Migration):
    dependencies = [("refill", "0075_grants_belong")]
    operations = [
        *[migrations.RunSQL(function_text(name), migrations.RunSQL.noop) for name in FILES],
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
