-- The current period has ended (RULES §3.4-3.6). Its allowance has expired already, by its own end. The stored next
-- period says what begins: its price, its allowance if free, its advance if the last one was paid.
create or replace function ledger_turn(p_account bigint, p_at timestamptz, p_now timestamptz) returns boolean
language plpgsql as $$
declare p refill_period; n refill_period; s refill_subscription;
begin
  select * into p from refill_period where account_id = p_account and state = 'current';
  select * into s from refill_subscription where account_id = p_account and id = p.subscription_id;
  if s.status = 'trialing' or s.cancel_at <= p.ends_at then
    -- First this, while the ending period's policies are in force.
    perform ledger_cancel(p_account, s.id, p.ends_at);
    update refill_period set state = 'past' where id = p.id;
    return true;
  end if;
  if s.status = 'suspended' then
    update refill_period set state = 'past' where id = p.id;
    update refill_balance set resets_at = null, allowance_granted = 0 where account_id = p_account;
    return true;
  end if;
  select * into n from refill_period
    where subscription_id = s.id and index > p.index and ends_at > p_now order by index limit 1;
  if not found then return false; end if;
  -- A period that nobody billed while it ran is one of the missed ones.
  update refill_period set state = case when billed or paid <> 'unpaid' then 'past' else 'skipped' end,
      paid = case when billed or paid <> 'unpaid' then paid else 'void' end, billed = true where id = p.id;
  update refill_period set state = 'skipped', billed = true, paid = 'void'
    where subscription_id = s.id and index > p.index and index < n.index;
  update refill_period set state = 'current' where id = n.id;
  update refill_subscription set price_id = n.price_id,
      scheduled_price_id = nullif(scheduled_price_id, n.price_id),
      scheduled_at = case when scheduled_price_id = n.price_id then null else scheduled_at end
    where id = s.id;
  update refill_balance set allowance_granted = 0, resets_at = n.ends_at where account_id = p_account;
  perform ledger_begin(p_account, n.id, p.paid);
  return true;
end $$;

-- What a period that has just begun gives before anyone pays: all of a free plan, or the advance (RULES §3.5).
create or replace function ledger_begin(p_account bigint, p_period bigint, p_last_paid text) returns void
language plpgsql as $$
declare n refill_period; v_credits bigint; v_grant bigint; v_at timestamptz; v_cause text;
begin
  select * into n from refill_period where id = p_period;
  if n.paid = 'free' then v_credits := n.credits; v_cause := 'period';
  elsif p_last_paid = 'paid' then v_credits := n.advance; v_cause := 'advance';
  end if;
  if n.paid = 'free' then
    update refill_account set free_allowance_at = n.starts_at where id = p_account;
  end if;
  if coalesce(v_credits, 0) <= 0 then return; end if;
  select greatest(n.starts_at, entry_at) into v_at from refill_balance where account_id = p_account;
  insert into refill_grant (account_id, source, rank, amount, remaining, held, spent, expired, revoked, starts_at, ends_at,
                            started, is_open, recalled, subscription_id, period_id, cause, reason, actor, created_at)
    values (p_account, 'allowance', 1, v_credits, v_credits, 0, 0, 0, 0, n.starts_at, n.ends_at, false, false, false,
            n.subscription_id, n.id, v_cause,
            case when v_cause = 'advance' then 'advance until the renewal is paid' else 'plan credits' end, '', v_at)
    on conflict do nothing returning id into v_grant;
  if v_grant is not null then perform ledger_start(v_grant, v_at); end if;
end $$;

-- The subscription ends (RULES §4.7): everything can be read, nothing spent, bought credits are kept for a while.
create or replace function ledger_cancel(p_account bigint, p_subscription bigint, p_at timestamptz) returns void
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare s refill_subscription; v_policy jsonb := account_policy(p_account);
begin
  update refill_subscription set status = 'canceled', ended_at = p_at, scheduled_price_id = null, scheduled_at = null
    where id = p_subscription returning * into s;
  delete from refill_period where subscription_id = p_subscription and state = 'upcoming';
  update refill_account set status = 'canceled', canceled_at = p_at,
      purge_at = p_at + make_interval(days => coalesce((v_policy ->> 'read_only_days')::int, 30)) where id = p_account;
  -- Grants of which nothing is left too: some may come back to them.
  update refill_grant set ends_at = s.purchased_until
    where account_id = p_account and source in ('purchase', 'recharge') and ends_at is null;
  update refill_balance set closed = 'canceled', resets_at = null, allowance_granted = 0 where account_id = p_account;
  perform ledger_due(p_account, s.purchased_until);
  -- Bought credits now end, so another grant may come first. While boundaries are settled the head lies open already.
  if exists (select 1 from refill_balance where account_id = p_account and head_grant is not null) then
    perform ledger_fold(p_account);
    perform ledger_head(p_account);
  end if;
end $$;
