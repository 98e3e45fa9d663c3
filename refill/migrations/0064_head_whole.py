"""An ordinary spend writes what is left of the head and of all; totals by source are as when the head was chosen."""

from django.db import migrations, models

from refill.ledger.install import function_texts

# What the head has given since its own row was written goes back to the total of its source.
OPEN = """
drop trigger if exists balance_adds_up on refill_balance;
drop view refill_grant_now;
drop function if exists ledger_spend_locked(bigint, boolean, refill_entry);
drop function if exists ledger_crossed(refill_balance, bigint, timestamptz);
alter table refill_balance alter column available type credits_left, alter column head_left type credits_left
"""
FILL = """
update refill_balance b set head_whole = g.remaining,
    allowance_left = b.allowance_left + case when b.head_source = 'allowance' then g.remaining - b.head_left else 0 end,
    promotion_left = b.promotion_left + case when b.head_source = 'promotion' then g.remaining - b.head_left else 0 end,
    adjustment_left = b.adjustment_left + case when b.head_source = 'adjustment' then g.remaining - b.head_left else 0 end,
    purchased_left = b.purchased_left + case when b.head_source in ('purchase', 'recharge')
                                             then g.remaining - b.head_left else 0 end
  from refill_grant g where g.account_id = b.account_id and g.id = b.head_grant
"""
HELD = """
create trigger balance_adds_up
  before insert or update of allowance_left, promotion_left, adjustment_left, purchased_left, held, owed, head_whole
  on refill_balance for each row execute function ledger_balance_adds_up()
"""


class Migration(migrations.Migration):
    dependencies = [("refill", "0063_safe_mode")]
    operations = [
        migrations.RunSQL(OPEN, migrations.RunSQL.noop),
        migrations.AddField("balance", "head_whole", models.BigIntegerField(default=0)),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        *[migrations.RunSQL(text, migrations.RunSQL.noop) for text in function_texts()],
        migrations.RunSQL(HELD, migrations.RunSQL.noop),
    ]
