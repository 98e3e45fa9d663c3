-- Periods tile, one is current, and allowances are given once for their cause, never unpaid (RULES §3.3-3.5).
with p as (
  select p.*, r.interval, r.amount_minor,
         lag(ends_at) over w as before_ends_at, lag(index) over w as index_before, lag(state) over w as state_before,
         row_number() over w = 1 as is_first
    from refill_period p join refill_price r on r.id = p.price_id
   where p.account_id between %(low)s and %(high)s
  window w as (partition by p.subscription_id order by p.index)
), given as (
  select g.*, p.credits as price_credits, p.advance, p.paid, p.most_held, p.id as known_period, p.amount_minor as price_minor,
         p.subscription_id as its_subscription
    from refill_grant g left join p on p.account_id = g.account_id and p.id = g.period_id
   where g.account_id between %(low)s and %(high)s and g.source = 'allowance'
)
select p.account_id, 'period ' || p.id as subject, w.what, w.expected, w.found
  from p, lateral (values
    ('starts where the one before ended', coalesce(p.before_ends_at, p.starts_at)::text, p.starts_at::text),
    ('periods are counted without gaps', coalesce(p.index_before + 1, p.index)::text, p.index::text),
    ('ends at its boundary, or earlier', 'true', (p.ends_at <= p.full_ends_at and p.starts_at <= p.ends_at)::text),
    ('past, then current, then upcoming', 'true',
     (p.state_before is null or p.state_before in ('past', 'skipped') or p.state = 'upcoming')::text),
    ('free = its price is zero', 'true', (p.amount_minor > 0 or p.paid in ('free', 'void') or exists (
       select 1 from refill_order o where o.account_id = p.account_id and o.period_id = p.id and o.kind = 'renewal'))::text)
  ) w (what, expected, found)
 where w.expected is distinct from w.found
union all
select s.account_id, 'subscription ' || s.id, 'a living subscription has its current period',
       case when s.ended_at is null and s.status <> 'suspended' then '1' else 'at most ' || (s.ended_at is null)::int end,
       count(p.id)::text
  from refill_subscription s left join p on p.subscription_id = s.id and p.state = 'current'
 where s.account_id between %(low)s and %(high)s
 group by s.account_id, s.id
having count(p.id) > (s.ended_at is null)::int or (s.ended_at is null and s.status <> 'suspended' and count(p.id) = 0)
union all
select s.account_id, 'subscription ' || s.id, 'an ended subscription is canceled', (s.ended_at is not null)::text,
       (s.status = 'canceled')::text
  from refill_subscription s
 where s.account_id between %(low)s and %(high)s and (s.ended_at is not null) <> (s.status = 'canceled')
union all
select s.account_id, 'subscription ' || s.id, 'subscriptions follow one another', 'not before ' || s.before_ends_at,
       s.starts_at::text
  from (select account_id, subscription_id as id, min(starts_at) as starts_at,
               lag(max(ends_at) filter (where state <> 'upcoming'))
                 over (partition by account_id order by subscription_id) as before_ends_at
          from p group by account_id, subscription_id) s
 where s.starts_at < s.before_ends_at
union all
select account_id, 'period ' || coalesce(period_id, 0), 'one allowance for each cause (' || cause || ')', '1', count(*)::text
  from given group by account_id, subscription_id, period_id, cause having count(*) > 1
union all
select g.account_id, 'grant ' || g.id, w.what, w.expected, w.found
  from given g, lateral (values
    ('an allowance has its period', 'true', (g.known_period is not null and g.its_subscription = g.subscription_id)::text),
    ('an allowance is paid for or free', 'true',
     (g.cause = 'advance' or g.cause like 'upgrade-%%' or g.paid in ('paid', 'free') or g.price_minor = 0)::text),
    ('an advance is what its period says', coalesce(g.advance, g.amount)::text,
     case when g.cause = 'advance' then g.amount else coalesce(g.advance, g.amount) end::text),
    ('an upgrade''s credits are paid for', 'true',
     (g.cause not like 'upgrade-%%' or exists (select 1 from refill_order o
        where o.account_id = g.account_id and 'upgrade-' || o.id = g.cause and o.status = 'succeeded'))::text)
  ) w (what, expected, found)
 where w.expected is distinct from w.found
union all
select account_id, 'period ' || period_id, 'no more allowance than the most held', 'at most ' || max(most_held),
       sum(amount - revoked)::text
  from given where known_period is not null
 group by account_id, period_id having sum(amount - revoked) > max(most_held)
