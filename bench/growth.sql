-- Accounts up to so many, each with its share of entries; then accounts with one grant, and accounts with many. All have
-- spent nothing but what their entries say.
insert into refill_account (id, name, timezone, currency, livemode, status, created_at)
  select n, 'grown ' || n, 'UTC', 'usd', false, 'active', now() - interval '40 days'
    from generate_series(%(known)s + 1, %(accounts)s + 2 * %(of_each)s) n;

insert into refill_grant (account_id, source, rank, amount, remaining, held, spent, expired, revoked, starts_at, started,
                          is_open, recalled, cause, reason, actor, created_at)
  select n, 'promotion', 2, 1000000000, 1000000000, 0, 0, 0, 0, now() - interval '1 day', true, true, false, '', '', '',
         now() - interval '1 day'
    from generate_series(%(known)s + 1, %(accounts)s + 2 * %(of_each)s) n,
         generate_series(1, case when n > %(accounts)s + %(of_each)s then %(grants)s else 1 end) g;

-- The grants' own entries, then spends of nothing that anybody remembers: reversed at once, so that balances stand.
insert into refill_entry (account_id, seq, at, kind, credits, balance_after, grant_id)
  select account_id, row_number() over w, created_at, 'grant', amount, sum(amount) over w, id
    from refill_grant where account_id > %(known)s
  window w as (partition by account_id order by id);
insert into refill_entry (account_id, seq, at, kind, credits, balance_after, grant_id, key, fingerprint, usage_kind)
  select g.account_id, 1 + k, g.created_at, case when k % 2 = 1 then 'spend' else 'reverse' end,
         case when k % 2 = 1 then -1 else 1 end, g.amount - k % 2, g.id,
         case when k % 2 = 1 then 'grown-' || md5((g.account_id * 100 + k)::text) end, case when k % 2 = 1 then k end,
         case when k % 2 = 1 then 'text' end
    from refill_grant g, generate_series(1, %(entries_each)s) k
   where g.account_id > %(known)s and g.account_id <= %(accounts)s;

insert into refill_balance (account_id, livemode, seq, entry_at, available, allowance_left, promotion_left, adjustment_left,
                            purchased_left, held, owed, allowance_granted, head_grant, head_source, head_whole, head_left,
                            sealed_seq)
  select e.account_id, false, e.seq, e.at, e.balance_after, 0, e.balance_after, 0, 0, 0, 0, 0, e.head, 'promotion', 1000000000, 1000000000, 0
    from (select account_id, max(seq) as seq, max(at) as at, (array_agg(balance_after order by seq desc))[1] as balance_after,
                 min(grant_id) as head
            from refill_entry where account_id > %(known)s group by 1) e;

insert into m_account select n, 1000000000 from generate_series(1, %(accounts)s) n on conflict do nothing;
