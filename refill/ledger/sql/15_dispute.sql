-- A grant's payment is disputed (RULES §9.5): what is unspent is taken, and what was used, held included, is owed like an
-- incoming text at zero: settled first from the next grant. Without a number of credits all of the grant is meant, and what
-- returns to it later is taken too, and owed no more.
create or replace function ledger_dispute(p_account bigint, p_grant bigint, p_credits bigint, p_actor text,
                                          out taken bigint, out owed bigint, out was_recalled boolean)
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare g refill_grant; t refill_entry; v_at timestamptz; v_reason text := 'its payment is disputed';
begin
  perform ledger_refuse_below(p_credits, 0);
  select o.at into v_at from ledger_open(p_account) o;
  select * into g from refill_grant where id = p_grant and account_id = p_account;
  was_recalled := g.recalled;
  taken := least(coalesce(p_credits, g.remaining), g.remaining);
  owed := least(coalesce(p_credits - taken, g.spent + g.held), g.spent + g.held - g.debt);
  if taken > 0 then perform ledger_take_back(g.id, taken, v_at, null, v_reason, p_actor); end if;
  if owed > 0 then
    t.account_id := p_account; t.at := v_at; t.kind := 'owe'; t.credits := 0; t.owed := owed; t.grant_id := g.id;
    t.reason := v_reason; t.actor := nullif(p_actor, '');
    perform ledger_append(t, null);
  end if;
  update refill_grant set debt = debt + ledger_dispute.owed, recalled = recalled or p_credits is null where id = g.id;
  perform ledger_head(p_account);
end $$;

-- So much of a grant's debt is owed no more; what of it was settled meanwhile from other grants comes back as a grant of
-- its own.
create or replace function ledger_clear_debt(p_grant bigint, p_credits bigint, p_at timestamptz, p_reason text, p_actor text,
                                             out forgiven bigint, out regranted bigint)
language plpgsql as $$
declare g refill_grant; t refill_entry; v_grant bigint;
begin
  select * into g from refill_grant where id = p_grant;
  select least(p_credits, b.owed) into forgiven from refill_balance b where b.account_id = g.account_id;
  regranted := p_credits - forgiven;
  if forgiven > 0 then
    t.account_id := g.account_id; t.at := p_at; t.kind := 'owe'; t.credits := 0; t.owed := -forgiven; t.grant_id := g.id;
    t.reason := p_reason; t.actor := nullif(p_actor, '');
    perform ledger_append(t, null);
  end if;
  if regranted > 0 then
    insert into refill_grant (account_id, source, rank, amount, remaining, held, spent, expired, revoked, starts_at, ends_at,
                              started, is_open, recalled, cause, reason, actor, created_at)
      values (g.account_id, 'adjustment', 3, regranted, regranted, 0, 0, 0, 0, p_at, null, false, false, false, 'dispute',
              p_reason, coalesce(p_actor, ''), p_at)
      returning id into v_grant;
    perform ledger_start(v_grant, p_at);
  end if;
  update refill_grant set debt = debt - p_credits where id = g.id;
end $$;

-- A dispute of `p_taken` and `p_owed` credits was won, and nothing else of the grant is moved: what was taken, also of what
-- came back meanwhile, is there again; what was owed is owed no more. `p_was_recalled`: the grant had been taken back
-- before; `p_recalls`: it was by this dispute.
create or replace function ledger_undispute(p_account bigint, p_grant bigint, p_taken bigint, p_owed bigint,
                                            p_was_recalled boolean, p_recalls boolean, p_actor text,
                                            out restored bigint, out forgiven bigint, out regranted bigint)
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare g refill_grant; t refill_entry; v_at timestamptz; v_debt bigint; v_reason text := 'the dispute was won';
begin
  select o.at into v_at from ledger_open(p_account) o;
  update refill_grant set recalled = recalled and not p_recalls where id = p_grant and account_id = p_account
    returning * into g;
  v_debt := least(p_owed, g.debt);
  restored := case when p_was_recalled then 0 else least(p_taken + p_owed - v_debt, g.revoked) end;
  if restored > 0 and not exists (select 1 from refill_entry e where e.account_id = p_account and e.grant_id = g.id
                                     and e.kind = 'grant') then
    -- It was taken before it had started: it starts as if nothing had been.
    update refill_grant set remaining = remaining + restored, revoked = revoked - restored, started = false where id = g.id;
    perform ledger_due(p_account, greatest(g.starts_at, v_at));
  elsif restored > 0 then
    t.account_id := p_account; t.at := v_at; t.kind := 'revoke'; t.reason := v_reason; t.actor := nullif(p_actor, '');
    select max(e.seq) into t.corrects_seq from refill_entry e
      where e.account_id = p_account and e.grant_id = g.id and e.kind = 'revoke' and e.credits < 0;
    perform ledger_return(g.id, restored, t);
  end if;
  select c.forgiven, c.regranted into ledger_undispute.forgiven, ledger_undispute.regranted
    from ledger_clear_debt(g.id, v_debt, v_at, v_reason, p_actor) c;
  perform ledger_head(p_account);
end $$;
