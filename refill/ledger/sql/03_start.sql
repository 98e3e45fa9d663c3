-- Plan credits were granted or have expired: an event in the same transaction.
create or replace function ledger_tell(p_account bigint, p_at timestamptz, p_kind text, p_grant bigint, p_credits bigint)
returns void language sql as $$
  insert into refill_event (account_id, kind, at, data)
    values (p_account, p_kind, p_at, jsonb_build_object('grant', p_grant, 'credits', p_credits))
$$;

-- Below it, so many of each hundred credits are left, or fewer: where the first warning stands (RULES §6.1).
create or replace function ledger_low_below(p_policy jsonb, p_credits bigint) returns bigint language sql immutable as $$
  select coalesce((p_policy -> 'low_percents' ->> 0)::bigint, 20) * p_credits / 100 + 1
$$;

-- What the current period's allowance grants that lie open now gave, net of what was taken back, and when it resets: as
-- the next month's credits begin, where a year's are dealt out by the month, else as the period ends (RULES §3.4).
create or replace function ledger_allowed(p_account bigint) returns void language sql as $$
  update refill_balance b set resets_at = coalesce(x.next_starts_at, p.ends_at), allowance_granted = x.granted
    from refill_period p
    cross join lateral (select max(starts_at) as at from refill_grant where account_id = p.account_id and period_id = p.id
                          and source = 'allowance' and started and amount > revoked) newest
    cross join lateral (select min(starts_at) filter (where not started) as next_starts_at,
                               coalesce(sum(amount - revoked) filter (where started and ends_at > newest.at), 0) as granted
                          from refill_grant where account_id = p.account_id and period_id = p.id and source = 'allowance') x
    where b.account_id = p_account and p.account_id = p_account and p.state = 'current'
$$;

-- A grant starts: its entry is written, it opens, and what is owed is settled from it first (RULES §6.3).
create or replace function ledger_start(p_grant bigint, p_at timestamptz) returns bigint language plpgsql as $$
declare g refill_grant; t refill_entry; v_owed bigint; v_seq bigint; v_base bigint;
begin
  select * into g from refill_grant where id = p_grant;
  t.account_id := g.account_id; t.at := p_at; t.kind := 'grant'; t.credits := g.remaining; t.grant_id := g.id;
  t.reason := nullif(g.reason, ''); t.actor := nullif(g.actor, '');
  t := ledger_append(t, g.source);
  v_seq := t.seq; v_base := t.balance_after;
  update refill_grant set started = true, is_open = g.remaining > 0 where id = g.id;
  select least(owed, g.remaining) into v_owed from refill_balance where account_id = g.account_id;
  if v_owed > 0 then
    t := null; t.account_id := g.account_id; t.at := p_at; t.kind := 'settle'; t.credits := -v_owed; t.owed := -v_owed;
    t.grant_id := g.id; t.reason := 'owed for incoming texts';
    t := ledger_append(t, g.source);
    update refill_grant set spent = spent + v_owed, remaining = remaining - v_owed, is_open = remaining > v_owed
      where id = g.id;
  end if;
  -- A refill arms the warnings anew. Who looks when it is crossed knows all levels.
  update refill_balance set watch_below = greatest(watch_below, ledger_low_below(account_policy(g.account_id), v_base))
    where account_id = g.account_id;
  if g.source = 'allowance' then
    perform ledger_allowed(g.account_id);
    perform ledger_tell(g.account_id, p_at, 'allowance.granted', g.id, g.amount);
  end if;
  return v_seq;
end $$;

-- Grant credits. One allowance for each (period, cause), and so for each subscription's; one purchased grant for each order:
-- asked again, it answers with the grant that is there.
create or replace function ledger_grant(
  p_account bigint, p_source text, p_credits bigint, p_starts_at timestamptz, p_ends_at timestamptz,
  p_subscription bigint, p_period bigint, p_cause text, p_order bigint, p_reason text, p_actor text,
  out status text, out grant_id bigint, out seq bigint)
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare o record; b refill_balance; v_at timestamptz; v_complete boolean; v_start timestamptz;
begin
  select * into o from ledger_open(p_account);
  b := o.b; v_at := o.at; v_complete := o.complete;
  if not v_complete then status := 'periods_needed'; perform ledger_head(p_account); return; end if;
  select g.id into grant_id from refill_grant g
    where g.account_id = p_account
      and ((p_source = 'allowance' and g.source = 'allowance' and g.period_id = p_period and g.cause = p_cause)
        or (p_source in ('purchase', 'recharge') and g.source in ('purchase', 'recharge') and g.order_id = p_order));
  if found then status := 'exists'; perform ledger_head(p_account); return; end if;
  v_start := coalesce(p_starts_at, v_at);
  if p_ends_at <= greatest(v_start, v_at) then status := 'ended'; perform ledger_head(p_account); return; end if;
  insert into refill_grant (account_id, source, rank, amount, remaining, held, spent, expired, revoked, starts_at, ends_at,
                            started, is_open, recalled, subscription_id, period_id, cause, order_id, reason, actor, created_at)
    values (p_account, p_source,
            case p_source when 'allowance' then 1 when 'promotion' then 2 when 'adjustment' then 3 else 4 end,
            p_credits, p_credits, 0, 0, 0, 0, v_start, p_ends_at, false, false, false, p_subscription, p_period,
            coalesce(p_cause, ''), p_order, coalesce(p_reason, ''), coalesce(p_actor, ''), v_at)
    returning id into grant_id;
  if v_start <= v_at then
    seq := ledger_start(grant_id, v_at);
    perform ledger_due(p_account, p_ends_at);
  else
    perform ledger_due(p_account, v_start);
    if p_source = 'allowance' then perform ledger_allowed(p_account); end if;
  end if;
  status := 'granted';
  perform ledger_head(p_account);
end $$;
