-- What is left of a grant ends. Held credits stay held, to be captured within the grace (RULES §2.7, §2.8).
create or replace function ledger_expire(p_grant bigint, p_at timestamptz, p_corrects bigint, p_reason text)
returns void language plpgsql as $$
declare g refill_grant; t refill_entry;
begin
  select * into g from refill_grant where id = p_grant;
  if g.remaining > 0 and g.started then
    t.account_id := g.account_id; t.at := p_at; t.kind := 'expire'; t.credits := -g.remaining; t.grant_id := g.id;
    t.corrects_seq := p_corrects; t.reason := p_reason;
    t := ledger_append(t, g.source);
    if g.source = 'allowance' then
      perform ledger_tell(g.account_id, p_at, 'allowance.expired', g.id, g.remaining);
    end if;
  end if;
  update refill_grant set expired = expired + remaining, remaining = 0, is_open = false where id = g.id;
end $$;

-- Credits come back to their grant; where it has ended they expire with it at once (RULES §2.8, §2.9). Of a grant that was
-- taken back, or whose payment is disputed in part, what comes back is not spendable as far as it was owed (RULES §9.5).
create or replace function ledger_return(p_grant bigint, p_credits bigint, t refill_entry) returns refill_entry
language plpgsql as $$
declare g refill_grant; v_back bigint;
begin
  select * into g from refill_grant where id = p_grant;
  t.credits := p_credits; t.grant_id := g.id;
  t := ledger_append(t, g.source);
  update refill_grant set remaining = remaining + p_credits,
      held = held + coalesce(t.held, 0),
      spent = spent - case when t.kind = 'reverse' then p_credits else 0 end,
      revoked = revoked - case when t.kind = 'revoke' then p_credits else 0 end,
      is_open = g.ends_at is null or g.ends_at > t.at
    where id = g.id;
  if t.kind = 'revoke' and g.source = 'allowance' then perform ledger_allowed(g.account_id); end if;
  -- What a won dispute restores is owed to nobody.
  v_back := case when t.kind = 'revoke' then 0 when g.recalled then p_credits else least(p_credits, g.debt) end;
  if v_back > 0 then
    perform ledger_take_back(g.id, v_back, t.at, t.seq, 'its grant was taken back', '');
    perform ledger_clear_debt(g.id, least(v_back, g.debt), t.at, 'what was owed for it came back', '');
  end if;
  if v_back = p_credits then return t; end if;
  if g.ends_at <= t.at then
    perform ledger_expire(g.id, t.at, t.seq, 'its grant had ended');
  else
    perform ledger_due(g.account_id, g.ends_at);
  end if;
  return t;
end $$;

-- The allowance of a period ends now, because a new period begins now (RULES §3.3, §4.5). Future shares of it too.
create or replace function ledger_end_allowance(p_account bigint, p_period bigint, p_reason text, out ended bigint)
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare g refill_grant; v_at timestamptz;
begin
  select o.at into v_at from ledger_open(p_account) o;
  ended := 0;
  for g in select * from refill_grant where account_id = p_account and period_id = p_period and source = 'allowance'
             and (ends_at is null or ends_at > v_at) order by id loop
    ended := ended + g.remaining;
    if not g.started then
      update refill_grant set revoked = remaining, remaining = 0, started = true, ends_at = starts_at where id = g.id;
    else
      update refill_grant set ends_at = v_at where id = g.id;
      perform ledger_expire(g.id, v_at, null, p_reason);
      if g.held > 0 then perform ledger_due(p_account, v_at); end if;
    end if;
  end loop;
  perform ledger_head(p_account);
end $$;

-- Keep bought credits until an instant (a canceled account), or without end again (one that came back): RULES §4.7.
create or replace function ledger_keep_purchased(p_account bigint, p_until timestamptz) returns void
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  perform ledger_open(p_account);
  update refill_grant set ends_at = p_until
    where account_id = p_account and source in ('purchase', 'recharge')
      and (ends_at is null or ends_at > account_now(p_account) or held > 0);
  perform ledger_due(p_account, p_until);
  perform ledger_head(p_account);
end $$;

-- Revoke so much of what a grant has left.
create or replace function ledger_take_back(p_grant bigint, p_credits bigint, p_at timestamptz, p_corrects bigint,
                                            p_reason text, p_actor text) returns bigint language plpgsql as $$
declare g refill_grant; t refill_entry;
begin
  select * into g from refill_grant where id = p_grant;
  if g.started then
    t.account_id := g.account_id; t.at := p_at; t.kind := 'revoke'; t.credits := -p_credits; t.grant_id := g.id;
    t.corrects_seq := p_corrects; t.reason := p_reason; t.actor := nullif(p_actor, '');
    t := ledger_append(t, g.source);
  end if;
  update refill_grant set revoked = revoked + p_credits, remaining = remaining - p_credits,
      is_open = is_open and remaining > p_credits, started = started or remaining = p_credits where id = g.id;
  if g.source = 'allowance' then perform ledger_allowed(g.account_id); end if;
  return t.seq;
end $$;

-- Take back what is unspent of a grant: an advance that was not paid, a refund, a dispute (RULES §3.5, §9.5). Taken back
-- whole (no number of credits), what returns to it later is revoked too.
create or replace function ledger_revoke(p_account bigint, p_grant bigint, p_credits bigint, p_reason text, p_actor text,
                                         out revoked bigint, out seq bigint)
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare g refill_grant; v_at timestamptz;
begin
  select o.at into v_at from ledger_open(p_account) o;
  select * into g from refill_grant where id = p_grant and account_id = p_account;
  revoked := least(coalesce(p_credits, g.remaining), g.remaining);
  if revoked > 0 then seq := ledger_take_back(g.id, revoked, v_at, null, p_reason, p_actor); end if;
  if p_credits is null then update refill_grant set recalled = true where id = g.id; end if;
  perform ledger_head(p_account);
end $$;

-- An advance is paid after all: what returns to it is spendable again. It is a part of the period's first credits, and ends
-- with them.
create or replace function ledger_restore(p_account bigint, p_grant bigint, p_ends_at timestamptz) returns void
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  perform ledger_open(p_account);
  update refill_grant set recalled = false, ends_at = least(ends_at, p_ends_at) where id = p_grant and account_id = p_account;
  perform ledger_due(p_account, p_ends_at);
  perform ledger_head(p_account);
end $$;
