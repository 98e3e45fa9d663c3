-- Every text and its credits: what was charged is what the entries took and did not give back, a text that is not decided
-- has its credits set aside, and an open hold of texts holds exactly those (RULES §2.11, §7.2).
with returned as (
  select account_id, corrects_seq as seq, sum(credits) as credits from refill_entry
   where account_id between %(low)s and %(high)s and kind = 'reverse' group by account_id, corrects_seq
), moved as (
  select e.account_id, e.message_id,
         -coalesce(sum(e.credits + coalesce(e.held, 0)) filter (where e.kind in ('spend', 'capture')), 0)
           + coalesce(sum(e.owed) filter (where e.kind = 'owe'), 0) - coalesce(sum(r.credits), 0) as net
    from refill_entry e left join returned r on r.account_id = e.account_id and r.seq = e.seq
   where e.account_id between %(low)s and %(high)s and e.message_id is not null group by e.account_id, e.message_id
), pair as (
  select coalesce(m.account_id, x.account_id) as account_id, coalesce(m.id, x.message_id) as id, m.id is not null as is_known,
         m.charged, coalesce(x.net, 0) as net, m.credits, m.state, m.step, m.direction, h.state as hold_state
    from (select * from refill_message where account_id between %(low)s and %(high)s) m
    full join moved x on x.account_id = m.account_id and x.message_id = m.id
    left join refill_hold h on h.account_id = m.account_id and h.id = m.hold_id
)
select p.account_id, 'message ' || p.id as subject, w.what, w.expected, w.found
  from pair p, lateral (values
    ('an entry''s message is of its account', 'true', p.is_known::text),
    ('charged = replay', p.net::text, p.charged::text),
    ('what was sent or delivered is charged as it was shown', p.credits::text,
     case when p.state in ('sent', 'delivered') then p.charged else p.credits end::text),
    ('what failed or waits costs nothing', '0', case when p.state in ('failed', 'waiting') then p.charged else 0 end::text),
    ('a text that is not decided has an open hold', 'true',
     (p.step not in ('queued', 'sending', 'unknown') or p.credits = 0 or p.hold_state is not distinct from 'open')::text)
  ) w (what, expected, found)
 where w.expected is distinct from w.found and (p.is_known or w.what like 'an entry%%')
union all
select h.account_id, 'hold ' || h.id, 'an open hold of texts holds what its undecided texts cost',
       coalesce(m.credits, 0)::text, coalesce(p.credits, 0)::text
  from refill_hold h
  left join (select account_id, hold_id, sum(credits) as credits from refill_holdpart
              where account_id between %(low)s and %(high)s group by account_id, hold_id) p
    on p.account_id = h.account_id and p.hold_id = h.id
  left join (select account_id, hold_id, sum(credits) as credits from (
                select account_id, hold_id, credits from refill_message
                 where account_id between %(low)s and %(high)s and step in ('queued', 'sending', 'unknown')
                union all
                select r.account_id, b.hold_id, r.credits from refill_recipient r
                  join refill_broadcast b on b.account_id = r.account_id and b.id = r.broadcast_id
                 where r.account_id between %(low)s and %(high)s and r.problem = '' and not r.is_made) x
              group by account_id, hold_id) m on m.account_id = h.account_id and m.hold_id = h.id
 where h.account_id between %(low)s and %(high)s and h.state = 'open'
   and (h.message_id is not null or h.broadcast_id is not null) and coalesce(p.credits, 0) <> coalesce(m.credits, 0)
