-- Accounts 1 to spenders have credits for ever. Those after them are on a paid monthly plan whose period has just ended.
insert into refill_account (name, timezone, currency, livemode, status, created_at)
  select 'bench ' || n, 'UTC', 'usd', false, 'active', now() - interval '40 days'
    from generate_series(1, %(spenders)s + %(renewers)s) n;

insert into refill_grant (account_id, source, rank, amount, remaining, held, spent, expired, revoked, starts_at, started, is_open,
                          recalled, cause, reason, actor, created_at)
  select n, 'promotion', 2, 1000000000, 1000000000, 0, 0, 0, 0, now() - interval '1 day', true, true, false, '', '', '',
         now() - interval '1 day'
    from generate_series(1, %(spenders)s) n;

insert into refill_subscription (account_id, status, price_id, anchor_wall, anchor_zone, anchor_at, started_at, scheduled_by)
  select n, 'active', r.id, b.at, 'UTC', b.at, b.at, ''
    from generate_series(%(spenders)s + 1, %(spenders)s + %(renewers)s) n,
         (select id from refill_price where credits = 1000 and interval = 'month' order by id limit 1) r,
         (select date_trunc('second', now() - interval '1 hour' - interval '1 month') as at) b;

insert into refill_period (account_id, subscription_id, index, months, starts_at, ends_at, full_ends_at, state, price_id,
                           policy_id, credits, most_held, advance, paid, paid_minor, billed, advance_settled)
  select s.account_id, s.id, k, k, s.anchor_at + k * interval '1 month', e.at, e.at,
         case when k = 0 then 'current' else 'upcoming' end, s.price_id, (select max(id) from refill_policyversion),
         1000, 1000, 100, case when k = 0 then 'paid' else 'unpaid' end, 0, k = 0, false
    from refill_subscription s, generate_series(0, 3) k,
         lateral (select s.anchor_at + (k + 1) * interval '1 month' as at) e
   order by s.id, k;

insert into refill_grant (account_id, source, rank, amount, remaining, held, spent, expired, revoked, starts_at, ends_at, started,
                          is_open, recalled, subscription_id, period_id, cause, reason, actor, created_at)
  select account_id, 'allowance', 1, 1000, 1000, 0, 0, 0, 0, starts_at, ends_at, true, true, false, subscription_id, id,
         'period', 'plan credits', '', starts_at
    from refill_period where state = 'current' order by account_id;

insert into refill_entry (account_id, seq, at, kind, credits, balance_after, grant_id)
  select account_id, 1, created_at, 'grant', amount, amount, id from refill_grant order by account_id;

insert into refill_balance (account_id, livemode, seq, entry_at, available, allowance_left, promotion_left, adjustment_left, purchased_left,
                            held, owed, allowance_granted, resets_at, head_grant, head_source, head_whole, head_left, next_due_at,
                            sealed_seq)
  select account_id, false, 1, created_at, amount, case source when 'allowance' then amount else 0 end,
         case source when 'promotion' then amount else 0 end, 0, 0, 0, 0, case source when 'allowance' then amount else 0 end,
         ends_at, id, source, amount, amount, ends_at, 0
    from refill_grant order by account_id;
