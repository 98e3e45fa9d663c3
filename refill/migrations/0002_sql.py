"""What models cannot say: no row points into another account, the ledger's functions and triggers, an Owner for each account,
and the sandboxes' own memories."""

from django.db import migrations

from refill.ledger.install import function_texts

# child table, column, parent table
REFERENCES = [
    ("apikey", "maker_id", "membership"),
    ("asking", "member_id", "membership"),
    ("broadcast", "hold_id", "hold"),
    ("broadcast", "member_id", "membership"),
    ("broadcast", "number_id", "number"),
    ("charge", "order_id", "order"),
    ("charge", "payment_method_id", "paymentmethod"),
    ("conversation", "contact_id", "contact"),
    ("conversation", "number_id", "number"),
    ("creditnote", "invoice_id", "invoice"),
    ("delivery", "endpoint_id", "webhookendpoint"),
    ("dispute", "charge_id", "charge"),
    ("dispute", "credit_note_id", "creditnote"),
    ("grant", "order_id", "order"),
    ("grant", "period_id", "period"),
    ("grant", "subscription_id", "subscription"),
    ("hold", "broadcast_id", "broadcast"),
    ("holdpart", "grant_id", "grant"),
    ("holdpart", "hold_id", "hold"),
    ("inbox", "member_id", "membership"),
    ("inboxmember", "inbox_id", "inbox"),
    ("inboxmember", "member_id", "membership"),
    ("invitation", "inviter_id", "membership"),
    ("invitation", "member_id", "membership"),
    ("invoice", "order_id", "order"),
    ("message", "broadcast_id", "broadcast"),
    ("message", "conversation_id", "conversation"),
    ("message", "hold_id", "hold"),
    ("message", "inbox_id", "inbox"),
    ("message", "member_id", "membership"),
    ("message", "number_id", "number"),
    ("number", "inbox_id", "inbox"),
    ("number", "order_id", "order"),
    ("order", "period_id", "period"),
    ("order", "quote_id", "quote"),
    ("ownershipoffer", "member_id", "membership"),
    ("ownershipoffer", "owner_id", "membership"),
    ("period", "subscription_id", "subscription"),
    ("rechargedecision", "order_id", "order"),
    ("recipient", "broadcast_id", "broadcast"),
    ("refund", "charge_id", "charge"),
    ("refund", "credit_note_id", "creditnote"),
]


def _in_account(child: str, column: str, parent: str) -> str:
    return (
        f"alter table refill_{child} add constraint refill_{child}_{column}_in_account"
        f" foreign key (account_id, {column}) references refill_{parent} (account_id, id)"
    )


# A domain's check is kept ready; a table's CHECK is read anew for every statement. Room on each page for new versions of rows
# that are written again and again.
HOT = """
create domain credits_left as bigint constraint credits_left_not_negative check (value >= 0);
alter table refill_entry alter column balance_after type credits_left;
alter table refill_balance alter column available type credits_left, alter column head_left type credits_left;
alter table refill_balance set (fillfactor = 50);
alter table refill_grant set (fillfactor = 80)
"""

# Looked at when the transaction ends, so that ownership can be handed over within it.
KEEPS_OWNER = """
create function membership_keeps_owner() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if not exists (select from refill_membership m
                  where m.account_id = old.account_id and m.role = 'owner' and m.removed_at is null) then
    raise exception 'an account has one Owner, always' using errcode = 'check_violation';
  end if;
  return null;
end $$;
create constraint trigger membership_keeps_owner after update or delete on refill_membership
  deferrable initially deferred for each row when (old.role = 'owner' and old.removed_at is null)
  execute function membership_keeps_owner()
"""

SANDBOXES = """
create table sandbox_charge (
  provider_key text primary key,
  card text not null,
  amount_minor bigint not null check (amount_minor > 0),
  currency text not null,
  state text not null,
  asks int not null default 0,
  refunded_minor bigint not null default 0,
  created_at timestamptz not null default clock_timestamp()
);
create table sandbox_text (
  provider_key text primary key,
  recipient text not null,
  sends int not null default 1,
  created_at timestamptz not null default clock_timestamp()
);
create table sandbox_number (
  number text primary key,
  key text not null,
  created_at timestamptz not null default clock_timestamp()
)
"""


class Migration(migrations.Migration):

    replaces = [("refill", "0065_usage_given_back")]

    dependencies = [("refill", "0001_tables")]

    operations = [
        migrations.RunSQL(text, migrations.RunSQL.noop)
        for text in (*(_in_account(*reference) for reference in REFERENCES), HOT, KEEPS_OWNER, SANDBOXES, *function_texts())
    ]
