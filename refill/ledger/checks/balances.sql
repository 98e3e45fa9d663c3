-- The kept totals of each account = the sums of its grants = the replay of its entries; head and due instant.
with entries as (
  select account_id, count(*) as n, max(seq) as seq, max(at) as at, sum(credits) as available, coalesce(sum(held), 0) as held,
         coalesce(sum(owed), 0) as owed, (array_agg(balance_after order by seq desc))[1] as last_balance
    from refill_entry where account_id between %(low)s and %(high)s group by account_id
), grants as (
  select account_id, sum(remaining) filter (where started) as available, sum(held) as held,
         sum(remaining) filter (where started and source = 'allowance') as allowance,
         sum(remaining) filter (where started and source = 'promotion') as promotion,
         sum(remaining) filter (where started and source = 'adjustment') as adjustment,
         sum(remaining) filter (where started and source in ('purchase', 'recharge')) as purchased,
         min(ends_at) filter (where is_open and remaining > 0) as ends_at,
         min(ends_at) filter (where held > 0) as holds_end_at,
         min(starts_at) filter (where not started) as starts_at
    from refill_grant_now where account_id between %(low)s and %(high)s group by account_id
), holds as (
  select h.account_id, min(h.expires_at) as expires_at, sum(p.credits) as held
    from refill_hold h
    left join (select account_id, hold_id, sum(credits) as credits from refill_holdpart
                where account_id between %(low)s and %(high)s group by account_id, hold_id) p
      on p.account_id = h.account_id and p.hold_id = h.id
   where h.state = 'open' and h.account_id between %(low)s and %(high)s group by h.account_id
), kept as (
  select b.*, p.id as period_id, p.ends_at as period_ends_at,
         allowed.credits as allowed, coalesce(allowed.next_starts_at, p.ends_at) as next_reset_at,
         first.id as first_open, head.source as its_source, head.remaining as its_row, head.is_open as its_open, kept.head_whole as whole
    from refill_balance kept
    cross join lateral ledger_as_it_is(kept) b
    left join refill_period p on p.account_id = b.account_id and p.state = 'current'
    left join lateral (
      select min(g.starts_at) filter (where not g.started) as next_starts_at,
             coalesce(sum(g.amount - g.revoked) filter (where g.started and g.ends_at > g.newest_at), 0) as credits
        from (select *, max(starts_at) filter (where started and amount > revoked) over () as newest_at from refill_grant
               where account_id = b.account_id and period_id = p.id and source = 'allowance') g) allowed on true
    left join refill_grant head on head.account_id = b.account_id and head.id = b.head_grant
    left join lateral (select g.id from refill_grant g where g.account_id = b.account_id and g.is_open
                        order by g.ends_at, g.rank, g.starts_at, g.id limit 1) first on true
   where kept.account_id between %(low)s and %(high)s
)
select k.account_id, 'balance' as subject, w.what, w.expected, w.found
  from kept k
  left join entries e using (account_id)
  left join grants g using (account_id)
  left join holds h using (account_id)
  cross join lateral (select least(h.expires_at, g.ends_at, k.period_ends_at, g.starts_at, g.holds_end_at + make_interval(
    hours => coalesce((account_policy(k.account_id) ->> 'hold_grace')::int, 72))) as at) d
  cross join lateral (values
    ('number of entries', coalesce(e.n, 0)::text, k.seq::text),
    ('last sequence number', coalesce(e.seq, 0)::text, k.seq::text),
    ('instant of the last entry', coalesce(e.at, k.entry_at)::text, k.entry_at::text),
    ('available = replay', coalesce(e.available, 0)::text, k.available::text),
    ('available = last balance after', coalesce(e.last_balance, 0)::text, k.available::text),
    ('available = what live grants have left', coalesce(g.available, 0)::text, k.available::text),
    ('allowance left', coalesce(g.allowance, 0)::text, k.allowance_left::text),
    ('promotion left', coalesce(g.promotion, 0)::text, k.promotion_left::text),
    ('adjustment left', coalesce(g.adjustment, 0)::text, k.adjustment_left::text),
    ('purchased left', coalesce(g.purchased, 0)::text, k.purchased_left::text),
    ('held = replay', coalesce(e.held, 0)::text, k.held::text),
    ('held = what grants hold', coalesce(g.held, 0)::text, k.held::text),
    ('held = what open holds hold', coalesce(h.held, 0)::text, k.held::text),
    ('owed = replay', coalesce(e.owed, 0)::text, k.owed::text),
    ('allowance granted, of what is not reset yet', k.allowed::text, k.allowance_granted::text),
    ('resets as the next credits begin', coalesce(k.next_reset_at::text, 'never'), coalesce(k.resets_at::text, 'never')),
    ('head is the first open grant', coalesce(k.first_open::text, 'none'), coalesce(k.head_grant::text, 'none')),
    ('head is open', coalesce(k.its_open, k.head_grant is null)::text, 'true'),
    ('head''s source', coalesce(k.its_source, 'none'), coalesce(k.head_source, 'none')),
    ('head''s whole = its row', coalesce(k.its_row, 0)::text, k.whole::text),
    ('head has no more left than its row', 'true', (k.head_left <= coalesce(k.its_row, 0))::text),
    ('due no later than the soonest boundary', 'true', coalesce(k.next_due_at <= d.at, d.at is null)::text)
  ) w (what, expected, found)
 where w.expected is distinct from w.found
