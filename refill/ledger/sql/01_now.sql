-- The account's instant: its test clock's, or the system's (RULES §2.5). Read after the balance row is locked.
create or replace function clock_instant(p_clock bigint) returns timestamptz language sql volatile as $$
  select case when running then instant + (clock_timestamp() - set_at) else instant end
    from refill_testclock where id = p_clock
$$;

create or replace function account_now(p_account bigint) returns timestamptz language sql volatile as $$
  select greatest(b.entry_at,
                  case when b.test_clock_id is null then clock_timestamp() else clock_instant(b.test_clock_id) end)
    from refill_balance b where b.account_id = p_account
$$;

-- The policies in force: those of the current period, else the newest version.
create or replace function account_policy(p_account bigint) returns jsonb language sql stable as $$
  select v.values from refill_policyversion v
   where v.id = coalesce((select p.policy_id from refill_period p where p.account_id = p_account and p.state = 'current'),
                         (select max(id) from refill_policyversion))
$$;
