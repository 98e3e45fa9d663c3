-- One Owner an account, one balance, and one clock for both (RULES §8).
select a.id as account_id, 'account' as subject, w.what, w.expected, w.found
  from refill_account a
  left join refill_balance b on b.account_id = a.id
  left join (select account_id, count(*) as n from refill_membership
              where role = 'owner' and removed_at is null and account_id between %(low)s and %(high)s
              group by account_id) m on m.account_id = a.id
  cross join lateral (values
    ('one Owner', '1', coalesce(m.n, 0)::text),
    ('one balance', '1', (b.account_id is not null)::int::text),
    ('the balance has the account''s clock', coalesce(a.test_clock_id::text, 'the system''s'),
     coalesce(b.test_clock_id::text, 'the system''s'))
  ) w (what, expected, found)
 where a.id between %(low)s and %(high)s and w.expected is distinct from w.found
