-- The balance, with the work of any boundary that has passed done first (RULES §2.6). Otherwise a kept row, no lock.
create or replace function ledger_balance(p_account bigint, out b refill_balance, out at timestamptz, out complete boolean)
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  select * into b from refill_balance where account_id = p_account;
  if not found then return; end if;
  at := account_now(p_account);
  complete := true;
  if at >= b.next_due_at then
    select * into b from refill_balance where account_id = p_account for no key update;
    at := account_now(p_account);
    if at >= b.next_due_at then complete := ledger_settle(p_account, at); end if;
    select * into b from refill_balance where account_id = p_account;
  end if;
  b := ledger_as_it_is(b);
end $$;

-- The same under the account's lock: how every business transaction begins.
create or replace function ledger_enter(p_account bigint, out b refill_balance, out at timestamptz, out complete boolean)
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  select * into b from refill_balance where account_id = p_account for no key update;
  if not found then return; end if;
  at := account_now(p_account);
  complete := true;
  if at >= b.next_due_at then
    complete := ledger_settle(p_account, at);
    select * into b from refill_balance where account_id = p_account;
  end if;
  b := ledger_as_it_is(b);
end $$;

-- Do what is due for one account, for the worker. Null where somebody else is at it, false where periods are needed.
create or replace function ledger_catch_up(p_account bigint, out complete boolean)
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare b refill_balance; v_at timestamptz;
begin
  select * into b from refill_balance where account_id = p_account for no key update skip locked;
  if not found then return; end if;
  v_at := account_now(p_account);
  complete := true;
  if v_at >= b.next_due_at then complete := ledger_settle(p_account, v_at); end if;
end $$;

-- Facts of the account that the business decides and the hot path reads. Null arguments leave as is.
create or replace function ledger_close(p_account bigint, p_closed text) returns void
language sql security definer set search_path = pg_catalog, public, pg_temp as $$
  update refill_balance set closed = p_closed where account_id = p_account
$$;
create or replace function ledger_watch(p_account bigint, p_below bigint) returns void
language sql security definer set search_path = pg_catalog, public, pg_temp as $$
  update refill_balance set watch_below = p_below where account_id = p_account
$$;
create or replace function ledger_period(p_account bigint, p_resets_at timestamptz, p_fresh boolean) returns void
language sql security definer set search_path = pg_catalog, public, pg_temp as $$
  update refill_balance set resets_at = p_resets_at, next_due_at = least(next_due_at, p_resets_at),
      allowance_granted = case when p_fresh then 0 else allowance_granted end
    where account_id = p_account;
  select ledger_allowed(p_account)
$$;
create or replace function ledger_create(p_account bigint, p_clock bigint, p_at timestamptz) returns void
language sql security definer set search_path = pg_catalog, public, pg_temp as $$
  insert into refill_balance (account_id, test_clock_id, livemode, seq, entry_at, available, allowance_left,
      promotion_left, adjustment_left, purchased_left, held, owed, allowance_granted, head_whole, head_left, sealed_seq)
    select a.id, p_clock, a.livemode, 0, p_at, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 from refill_account a where a.id = p_account
$$;

-- Grants as they stand: the head's remainder is kept in the balance row.
create or replace view refill_grant_now as
  select g.id, g.account_id, g.source, g.rank, g.amount,
         case when g.id = b.head_grant then b.head_left else g.remaining end as remaining,
         g.held,
         case when g.id = b.head_grant then g.spent + g.remaining - b.head_left else g.spent end as spent,
         g.expired, g.revoked, g.starts_at, g.ends_at, g.started, g.is_open,
         g.subscription_id, g.period_id, g.cause, g.order_id, g.reason, g.actor, g.created_at
    from refill_grant g join refill_balance b on b.account_id = g.account_id;
