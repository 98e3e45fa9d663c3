"""Making the texts of a broadcast: some recipients at a time, each once, whatever is killed in between (RULES §7.3)."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from django.db import connection

from refill.domain.merging import merge
from refill.models import Broadcast, Recipient
from refill.services.entering import entered

AT_ONCE = 500
# Where texts are still to be made.
DUE = "from refill_broadcast b where b.state = 'sending' and b.made_at is null"

# Contacts and conversations come into being where there are none; each text goes out at its place in the pace.
_MAKE = """
with given as (
  select * from unnest(%(numbers)s::text[], %(names)s::text[], %(bodies)s::text[], %(parts)s::int[],
                       %(credits)s::bigint[], %(at)s::timestamptz[]) u(e164, name, body, parts, credits, next_at)
), contact as (
  insert into refill_contact (account_id, e164, name, created_at)
    select %(account)s, e164, name, %(now)s from given
    on conflict (account_id, e164) do update
      set name = case when refill_contact.name = '' then excluded.name else refill_contact.name end
    returning id, e164
), conversation as (
  insert into refill_conversation (account_id, number_id, contact_id, created_at, last_at, unread)
    select %(account)s, %(number)s, id, %(now)s, %(now)s, 0 from contact
    on conflict (account_id, number_id, contact_id) do update set last_at = excluded.last_at
    returning id, contact_id
)
insert into refill_message (account_id, conversation_id, number_id, inbox_id, member_id, broadcast_id, direction, state,
    step, body, media, kind, parts, credits, charged, hold_id, provider_key, reference, code, carrier_parts, created_at,
    next_at, asks, fence)
  select %(account)s, v.id, %(number)s, %(inbox)s, %(member)s, %(broadcast)s, 'out', 'accepted', 'queued',
         g.body, %(media)s::jsonb, %(kind)s, g.parts, g.credits, 0, %(hold)s,
         'refill_' || replace(gen_random_uuid()::text, '-', ''), '', '', 0, %(now)s, g.next_at, 0, 0
    from given g join contact c using (e164) join conversation v on v.contact_id = c.id
"""


def make_some(account_id: int) -> bool:
    """Make texts of the account's oldest broadcast that lacks some; true when there was one."""
    with entered(account_id) as balance:
        waiting = Broadcast.objects.filter(account_id=account_id, state="sending", made_at=None)
        broadcast = waiting.select_related("number").order_by("pk").first()
        if broadcast is None:
            return False
        to_make = Recipient.objects.filter(account_id=account_id, broadcast=broadcast, problem="", is_made=False)
        rows = list(to_make.order_by("line")[:AT_ONCE])
        if rows:
            made = Recipient.objects.filter(account_id=account_id, broadcast=broadcast, is_made=True).count()
            _insert(broadcast, rows, made, balance.at)
            Recipient.objects.filter(account_id=account_id, pk__in=[row.pk for row in rows]).update(is_made=True)
        if len(rows) < AT_ONCE:
            broadcast.made_at = balance.at
            broadcast.save(update_fields=["made_at"])
        return True


def _insert(broadcast: Broadcast, rows: list[Recipient], made: int, now: datetime) -> None:
    assert broadcast.started_at is not None
    step = timedelta(minutes=1) / broadcast.pace
    with connection.cursor() as cursor:
        cursor.execute(
            _MAKE,
            {
                "account": broadcast.account_id, "number": broadcast.number_id, "inbox": broadcast.number.inbox_id,
                "member": broadcast.member_id, "broadcast": broadcast.pk, "hold": broadcast.hold_id, "now": now,
                "media": json.dumps(broadcast.media), "kind": "mms" if broadcast.media else "text",
                "numbers": [row.e164 for row in rows],
                "names": [(row.fields.get("name") or row.fields.get("first_name") or "")[:200] for row in rows],
                "bodies": [merge(broadcast.body or "", row.fields) for row in rows],
                "parts": [row.parts for row in rows], "credits": [row.credits for row in rows],
                "at": [broadcast.started_at + step * (made + place) for place in range(len(rows))],
            },
        )  # fmt: skip
