"""The ledger's functions and triggers, composite foreign keys, and the sandbox card provider's own memory."""

from django.db import migrations

from refill.ledger.install import function_texts

# child table, columns, parent table: a row never points into another account.
REFERENCES = [
    ("refill_holdpart", "account_id, grant_id", "refill_grant"),
    ("refill_holdpart", "account_id, hold_id", "refill_hold"),
    ("refill_grant", "account_id, period_id", "refill_period"),
    ("refill_grant", "account_id, subscription_id", "refill_subscription"),
    ("refill_grant", "account_id, order_id", "refill_order"),
    ("refill_period", "account_id, subscription_id", "refill_subscription"),
    ("refill_order", "account_id, quote_id", "refill_quote"),
    ("refill_order", "account_id, period_id", "refill_period"),
    ("refill_charge", "account_id, order_id", "refill_order"),
    ("refill_charge", "account_id, payment_method_id", "refill_paymentmethod"),
    ("refill_invoice", "account_id, order_id", "refill_order"),
    ("refill_apikey", "account_id, maker_id", "refill_membership"),
]


def _composite(child: str, columns: str, parent: str) -> str:
    name = f"{child}_{columns.split(', ')[1]}_in_account"
    return f"alter table {child} add constraint {name} foreign key ({columns}) references {parent} (account_id, id)"


SANDBOX = """
create table sandbox_charge (
  provider_key text primary key,
  card text not null,
  amount_minor bigint not null check (amount_minor > 0),
  currency text not null,
  state text not null,
  asks int not null default 0,
  refunded_minor bigint not null default 0,
  created_at timestamptz not null default clock_timestamp()
)
"""


# A domain's check is kept ready; a table's CHECK is read anew for every statement.
NEVER_BELOW_ZERO = """
create domain credits_left as bigint constraint credits_left_not_negative check (value >= 0);
alter table refill_entry alter column balance_after type credits_left
"""


class Migration(migrations.Migration):
    dependencies = [("refill", "0001_initial")]
    operations = [
        *[migrations.RunSQL(_composite(*reference), migrations.RunSQL.noop) for reference in REFERENCES],
        migrations.RunSQL(NEVER_BELOW_ZERO, migrations.RunSQL.noop),
        migrations.RunSQL("alter table refill_balance set (fillfactor = 50)", migrations.RunSQL.noop),
        migrations.RunSQL("alter table refill_grant set (fillfactor = 80)", migrations.RunSQL.noop),
        migrations.RunSQL(SANDBOX, "drop table sandbox_charge"),
        *[migrations.RunSQL(text, migrations.RunSQL.noop) for text in function_texts()],
    ]
