-- Holds end once; what is still held stands in their parts and nowhere else (RULES §2.8).
with moved as (
  select account_id, hold_id, coalesce(sum(held) filter (where kind = 'hold'), 0) as held,
         -coalesce(sum(held) filter (where kind = 'capture'), 0) as captured,
         coalesce(sum(held), 0) as still
    from refill_entry where account_id between %(low)s and %(high)s and hold_id is not null group by account_id, hold_id
), parts as (
  select account_id, hold_id, sum(credits) as credits from refill_holdpart
   where account_id between %(low)s and %(high)s group by account_id, hold_id
), pair as (
  select coalesce(h.account_id, m.account_id) as account_id, coalesce(h.id, m.hold_id) as id, h.id is not null as is_known, h.broadcast_id is not null as is_broadcast,
         h.credits, h.captured, h.state, h.ended_at, coalesce(p.credits, 0) as parts,
         coalesce(m.held, 0) as m_held, coalesce(m.captured, 0) as m_captured, coalesce(m.still, 0) as m_still
    from (select * from refill_hold where account_id between %(low)s and %(high)s) h
    full join moved m on m.account_id = h.account_id and m.hold_id = h.id
    left join parts p on p.account_id = h.account_id and p.hold_id = h.id
)
select p.account_id, 'hold ' || p.id as subject, w.what, w.expected, w.found
  from pair p, lateral (values
    ('an entry''s hold is of its account', 'true', p.is_known::text),
    ('credits = replay', p.m_held::text, p.credits::text),
    ('captured = replay', p.m_captured::text, p.captured::text),
    ('parts = replay', p.m_still::text, p.parts::text),
    ('captured is at most what was held', 'true', (p.captured <= p.credits)::text),
    ('a hold is open while something is held', (p.parts > 0)::text, (p.state = 'open')::text),
    ('only a captured hold, or an open one of a broadcast, has captured', 'true',
     (p.captured = 0 or p.state = 'captured' or (p.state = 'open' and p.is_broadcast))::text),
    ('an ended hold says when', (p.state <> 'open')::text, (p.ended_at is not null)::text)
  ) w (what, expected, found)
 where w.expected is distinct from w.found and (p.is_known or w.what like 'an entry%%')
union all
select g.account_id, 'grant ' || g.id, 'held = its parts in holds', coalesce(p.credits, 0)::text, g.held::text
  from refill_grant g
  left join (select account_id, grant_id, sum(credits) as credits from refill_holdpart
              where account_id between %(low)s and %(high)s group by account_id, grant_id) p
    on p.account_id = g.account_id and p.grant_id = g.id
 where g.account_id between %(low)s and %(high)s and g.held <> coalesce(p.credits, 0)
