-- Each grant: its own equation, and the same figures when its entries are replayed (RULES §2). `early` is what was taken
-- back before it started, for which there is no entry.
with replay as (
  select account_id, grant_id,
         count(*) filter (where kind = 'grant') as starts,
         coalesce(sum(credits) filter (where kind = 'grant'), 0) as granted,
         sum(credits) as remaining,
         coalesce(sum(held), 0) as held,
         -coalesce(sum(credits + coalesce(held, 0)) filter (where kind in ('spend', 'capture', 'settle', 'reverse')), 0) as spent,
         -coalesce(sum(credits) filter (where kind = 'expire'), 0) as expired,
         -coalesce(sum(credits) filter (where kind = 'revoke'), 0) as revoked,
         min(seq) filter (where kind = 'expire') as expire_seq,
         max(seq) filter (where kind in ('spend', 'hold', 'settle')) as draw_seq,
         min(at) filter (where kind in ('spend', 'hold', 'settle')) as first_draw_at,
         max(at) filter (where kind in ('spend', 'hold', 'settle')) as last_draw_at
    from refill_entry where account_id between %(low)s and %(high)s and grant_id is not null
   group by account_id, grant_id
), pair as (
  select coalesce(g.account_id, r.account_id) as account_id, coalesce(g.id, r.grant_id) as id, g.id is not null as is_known,
         g.source, g.rank, g.amount, g.remaining, g.held, g.spent, g.expired, g.revoked, g.started, g.starts_at, g.ends_at,
         g.is_open, b.head_grant, b.entry_at,
         coalesce(r.starts, 0) as starts, coalesce(r.granted, 0) as granted, coalesce(r.remaining, 0) as r_remaining,
         coalesce(r.held, 0) as r_held, coalesce(r.spent, 0) as r_spent, coalesce(r.expired, 0) as r_expired,
         coalesce(r.revoked, 0) as r_revoked, r.expire_seq, r.draw_seq, r.first_draw_at, r.last_draw_at,
         case when g.started then g.amount - coalesce(r.granted, 0) else g.revoked end as early
    from (select * from refill_grant_now where account_id between %(low)s and %(high)s) g
    full join replay r on r.account_id = g.account_id and r.grant_id = g.id
    left join refill_balance b on b.account_id = g.account_id
)
select p.account_id, 'grant ' || p.id as subject, w.what, w.expected, w.found
  from pair p, lateral (values
    ('an entry''s grant is of its account', 'true', p.is_known::text),
    ('amount = remaining + held + spent + expired + revoked', p.amount::text,
     (p.remaining + p.held + p.spent + p.expired + p.revoked)::text),
    ('no part of a grant is below zero', 'true',
     (least(p.remaining, p.held, p.spent, p.expired, p.revoked, p.early) >= 0)::text),
    ('remaining = replay', (case when p.started then p.r_remaining else p.amount - p.revoked end)::text, p.remaining::text),
    ('held = replay', p.r_held::text, p.held::text),
    ('spent = replay', p.r_spent::text, p.spent::text),
    ('expired = replay', p.r_expired::text, p.expired::text),
    ('revoked = replay', (p.r_revoked + p.early)::text, p.revoked::text),
    ('a grant starts once', case when p.started and p.early < p.amount then '1' else '0' end, p.starts::text),
    ('nothing is drawn before the start', 'true', (p.first_draw_at is null or p.first_draw_at >= p.starts_at)::text),
    ('nothing is drawn after the end', 'true',
     (p.draw_seq is null or ((p.ends_at is null or p.last_draw_at <= p.ends_at)
                             and (p.expire_seq is null or p.draw_seq < p.expire_seq)))::text),
    ('open = started, with something left', (p.started and p.remaining > 0)::text,
     (p.is_open and (p.remaining > 0 or p.id is distinct from p.head_grant))::text),
    ('an ended grant is not open', 'false', coalesce(p.is_open and p.ends_at <= p.entry_at, false)::text),
    ('rank follows the source',
     case p.source when 'allowance' then '1' when 'promotion' then '2' when 'adjustment' then '3' else '4' end, p.rank::text)
  ) w (what, expected, found)
 where w.expected is distinct from w.found and (p.is_known or w.what like 'an entry%%')
