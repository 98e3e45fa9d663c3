"""Whose money a change of plan credited, and what of it was taken back; a won dispute moves what it took alone."""

from django.db import migrations, models

from refill.ledger.install import function_text

# Of changes made before now: all that they credited is the money of the order that the old period began with.
CREDITED = """
with credited as (
  select o.account_id, o.id, (o.plan ->> 'period')::bigint as period_id, -sum((l ->> 'amount_minor')::bigint) as minor
    from refill_order o, jsonb_array_elements(o.lines) l
   where o.status = 'succeeded' and o.plan ->> 'do' = 'start' and (l ->> 'amount_minor')::bigint < 0
   group by o.account_id, o.id
)
update refill_order o set credited_from = jsonb_build_array(jsonb_build_array(b.id, c.minor, 'plan'))
  from credited c cross join lateral (
    select id from refill_order b
     where b.account_id = c.account_id and b.period_id = c.period_id and b.status = 'succeeded'
       and b.plan ->> 'do' in ('start', 'renew') order by id desc limit 1) b
 where o.account_id = c.account_id and o.id = c.id
"""
RECALLS = """
update refill_dispute set grants = coalesce(
  (select jsonb_agg(g || jsonb_build_object('recalls', not (g ->> 'was_recalled')::boolean)) from jsonb_array_elements(grants) g),
  '[]') where state = 'open'
"""
OLD = """
drop function if exists ledger_undispute(bigint, bigint, bigint, boolean, text);
drop function if exists ledger_forgive(bigint, bigint, timestamptz, text, text)
"""
THROUGH = models.JSONField(default=list, db_default=[], help_text="[from order, to order, minor units credited]")


class Migration(migrations.Migration):
    dependencies = [("refill", "0073_made")]
    operations = [
        migrations.AddField(
            "order",
            "credited_from",
            models.JSONField(
                default=list, db_default=[], help_text="whose money it credits: [order, minor units, plan or kind of extras]"
            ),
        ),
        migrations.AddField("refund", "through", THROUGH),
        migrations.AddField("dispute", "through", THROUGH),
        migrations.RunSQL([CREDITED, RECALLS, OLD], migrations.RunSQL.noop),
        *[migrations.RunSQL(function_text(name), migrations.RunSQL.noop) for name in ("04_expire.sql", "15_dispute.sql")],
    ]
