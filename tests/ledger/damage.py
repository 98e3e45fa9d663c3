"""Damage done past every guard, and what `verify` calls it."""

from django.db import connection

# The damage done, and what verify calls it; each is undone before the next.
DAMAGE = {
    "update refill_entry set seq = seq + 90 where seq = 3": "entries are gapless",
    "update refill_entry set balance_after = balance_after + 1 where seq = 3":
        "balance after follows from the one before",
    "update refill_entry set at = at - interval '1 year' where seq = 3": "entries are in time order",
    "update refill_entry set kind = 'expire' where kind = 'reverse'": "signs fit the kind",
    "update refill_entry set first_seq = seq - 1 where seq = 4":
        "first_seq names the first entry of its movement",
    "update refill_entry set corrects_seq = 1 where kind = 'reverse'": "corrects_seq names what it corrects",
    "update refill_entry set credits = 900 where kind = 'reverse'": "reversals never exceed what was taken",
    "update refill_entry set key = 'a' where kind = 'spend'": "a key is used once",
    "update refill_entry set grant_id = 99999 where seq = 3": "an entry's grant is of its account",
    "update refill_entry set hold_id = 99999 where kind = 'hold'": "an entry's hold is of its account",
    "update refill_grant set amount = amount + 1": "amount = remaining + held + spent + expired + revoked",
    "update refill_grant set spent = spent - 1, expired = expired + 1": "expired = replay",
    "update refill_grant set held = held + 1, remaining = remaining - 1 where held > 0":
        "held = its parts in holds",
    "update refill_grant set started = false where source = 'purchase'": "a grant starts once",
    "update refill_grant set ends_at = '2027-01-10 11:00Z' where cause = 'period'":
        "nothing is drawn after the end",
    "update refill_grant set starts_at = '2027-01-11Z', ends_at = null": "nothing is drawn before the start",
    "update refill_grant set is_open = not is_open": "open = started, with something left",
    "update refill_grant set rank = 5": "rank follows the source",
    "update refill_grant set period_id = 99999 where cause = 'period'":
        "a grant's period and subscription are of its account",
    "update refill_grant set subscription_id = 99999 where cause = 'period'":
        "a grant's period and subscription are of its account",
    "update refill_balance set available = available + 1": "available = replay",
    "update refill_balance set allowance_left = allowance_left - 1, purchased_left = purchased_left + 1":
        "allowance left",
    "update refill_balance set held = held + 1": "held = what open holds hold",
    "update refill_balance set owed = 1": "owed = replay",
    "update refill_balance set seq = seq + 1": "number of entries",
    "update refill_balance set next_due_at = '2030-01-01Z'": "due no later than the soonest boundary",
    "update refill_balance set next_due_at = null": "due no later than the soonest boundary",
    "update refill_balance set head_left = head_left + 1": "available = what live grants have left",
    "update refill_balance set head_whole = head_whole + 1, promotion_left = promotion_left + 1":
        "head's whole = its row",
    "update refill_balance set head_grant = (select id from refill_grant where source = 'purchase')":
        "head is the first open grant",
    "update refill_balance set allowance_granted = 1": "allowance granted, of what is not reset yet",
    "update refill_balance set resets_at = null": "resets as the next credits begin",
    "update refill_balance set test_clock_id = null": "the balance has the account's clock",
    "update refill_hold set state = 'released', ended_at = now() where state = 'open'":
        "a hold is open while something is held",
    "update refill_hold set captured = captured + 1 where state = 'captured'": "captured = replay",
    "update refill_holdpart set credits = 0": "parts = replay",
    "update refill_period set starts_at = starts_at + interval '1 day' where index = 1":
        "starts where the one before ended",
    "update refill_period set index = index + 1 where state = 'upcoming'": "periods are counted without gaps",
    "update refill_period set state = 'upcoming' where index = 0": "past, then current, then upcoming",
    "update refill_period set state = 'past' where state = 'current'":
        "a living subscription has its current period",
    "update refill_period set full_ends_at = full_ends_at + interval '1 hour'": "ends at its boundary",
    "update refill_period set paid = 'unpaid' where index = 1": "an allowance is paid for or free",
    "update refill_period set advance = 11": "an advance is what its period says",
    "update refill_period set most_held = 90": "no more allowance than the most held",
    "update refill_grant set cause = 'period' where cause = 'advance'": "one allowance for each cause (period)",
    "update refill_subscription set status = 'canceled'": "an ended subscription is canceled",
    "update refill_order set amount_minor = amount_minor + 1 where quote_id is not null": "amount = quoted",
    """update refill_order set credited_from = '[[1, 5, "plan"]]'""": "credited = whose money it was",
    "update refill_charge set amount_minor = amount_minor + 1": "amount = its order's",
    "update refill_charge set amount_minor = amount_minor + 2": "amount = what the provider took",
    "update sandbox_charge set state = 'declined'": "state = the provider's",
    "update refill_charge set state = 'declined'": "settled charges",
    "update refill_invoice set total_minor = 1, subtotal_minor = 1 - tax_minor": "invoiced = amount",
    "update refill_invoice set lines = '[]'": "an invoice is as it was made",
    "update refill_invoice set status = 'open'": "invoice is paid when the order is",
    "update refill_order set status = 'declined' where kind = 'buy_credits'":
        "bought credits = one settled payment",
    "update refill_grant set amount = amount + 5, remaining = remaining + 5 where source = 'purchase'":
        "bought credits = one settled payment",
    "update refill_order set status = 'declined' where kind = 'renewal'": "paid = its renewal is",
    "delete from refill_auditrow where action = 'order.buy'": "its effect is in the audit once",
    "update refill_membership set removed_at = now()": "one Owner",
    "delete from refill_block": "sealed up to the last block",
    "update refill_entry set parts = 9": "sealed entries are unchanged",
    "update refill_invoiceseries set last = last + 1": "invoice numbers are gapless",
    "update refill_block set previous_hash = 'x'": "a block names the hash before it",
    "insert into sandbox_charge (provider_key, card, amount_minor, currency, state) values ('k', 'c', 1, 'usd', 's')":
        "money taken is money recorded",
}  # fmt: skip


def unguard() -> None:
    """Take away triggers, checks and unique indexes until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            """do $$ declare r record; begin
                 for r in select conrelid::regclass as place, conname from pg_constraint
                           where contype in ('c', 'f') and conrelid <> 0 and connamespace = 'public'::regnamespace loop
                   execute format('alter table %s drop constraint %I', r.place, r.conname);
                 end loop;
                 for r in select c.oid::regclass as place from pg_class c join pg_index i on i.indrelid = c.oid
                           where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace group by c.oid loop
                   execute format('alter table %s disable trigger all', r.place);
                 end loop;
                 for r in select i.indexrelid::regclass as name from pg_index i
                           join pg_class c on c.oid = i.indrelid and c.relnamespace = 'public'::regnamespace
                          where i.indisunique and not i.indisprimary
                            and not exists (select 1 from pg_constraint k where k.conindid = i.indexrelid) loop
                   execute format('drop index %s', r.name);
                 end loop;
                 for r in select conrelid::regclass as place, conname from pg_constraint
                           where contype = 'u' and connamespace = 'public'::regnamespace loop
                   execute format('alter table %s drop constraint %I cascade', r.place, r.conname);
                 end loop;
               end $$"""
        )
