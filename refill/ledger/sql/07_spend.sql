-- Spend: all or nothing, once for each key, in burn order (RULES §2.2-2.6). The ordinary spend, which the head grant
-- covers, is one UPDATE and one INSERT.
-- status: spent, replayed, mismatch, insufficient, closed, periods_needed, unknown_account
create or replace function ledger_spend(
  p_account bigint, p_credits bigint, p_key text, p_fingerprint bigint, p_kind text,
  p_reference text default null, p_member bigint default null, p_inbox bigint default null, p_number bigint default null,
  p_message bigint default null, p_parts int default null, p_metadata jsonb default null,
  out status text, out seq bigint, out balance bigint, out taken bigint[], out closed text)
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare b refill_balance; e refill_entry; t refill_entry; v_now timestamptz;
begin
  if p_credits <= 0 then perform ledger_refuse_below(p_credits, 1); end if;
  select * into b from refill_balance where account_id = p_account for no key update;
  if not found then status := 'unknown_account'; return; end if;
  if p_key is not null then
    select * into e from refill_entry where account_id = p_account and key = p_key;
    if found then
      if e.fingerprint is distinct from p_fingerprint or e.kind <> 'spend' then status := 'mismatch'; return; end if;
      status := 'replayed'; seq := e.seq;
      select r.taken, r.balance into taken, balance from ledger_taken(p_account, e.seq) r;
      return;
    end if;
  end if;
  v_now := greatest(b.entry_at,
                    case when b.test_clock_id is null then clock_timestamp() else clock_instant(b.test_clock_id) end);
  if v_now >= b.next_due_at then
    if not ledger_settle(p_account, v_now) then status := 'periods_needed'; return; end if;
    select * into b from refill_balance where account_id = p_account;
  end if;
  if b.closed is not null then status := 'closed'; closed := b.closed; return; end if;
  if b.available < p_credits then
    status := 'insufficient'; balance := b.available;
    perform ledger_short(b, p_credits, v_now);
    return;
  end if;
  status := 'spent';
  if b.head_left >= p_credits then
    seq := b.seq + 1; balance := b.available - p_credits; taken := array[b.head_grant, p_credits];
    update refill_balance set
        seq = b.seq + 1, entry_at = v_now, available = b.available - p_credits, head_left = b.head_left - p_credits,
        allowance_left = b.allowance_left - case when b.head_source = 'allowance' then p_credits else 0 end,
        promotion_left = b.promotion_left - case when b.head_source = 'promotion' then p_credits else 0 end,
        adjustment_left = b.adjustment_left - case when b.head_source = 'adjustment' then p_credits else 0 end,
        purchased_left = b.purchased_left - case when b.head_source in ('purchase', 'recharge') then p_credits else 0 end
      where account_id = p_account;
    insert into refill_entry (account_id, seq, at, kind, credits, balance_after, grant_id, key, fingerprint, usage_kind,
                              reference, member_id, inbox_id, number_id, message_id, parts, metadata)
      values (p_account, b.seq + 1, v_now, 'spend', -p_credits, b.available - p_credits, b.head_grant, p_key,
              p_fingerprint, p_kind, p_reference, p_member, p_inbox, p_number, p_message, p_parts, p_metadata);
  else
    t.account_id := p_account; t.at := v_now; t.kind := 'spend'; t.key := p_key; t.fingerprint := p_fingerprint;
    t.usage_kind := p_kind; t.reference := p_reference; t.member_id := p_member; t.inbox_id := p_inbox;
    t.number_id := p_number; t.message_id := p_message; t.parts := p_parts; t.metadata := p_metadata;
    perform ledger_fold(p_account);
    select d.seq, d.taken into seq, taken from ledger_draw(p_credits, t) d;
    balance := b.available - p_credits;
    perform ledger_head(p_account);
  end if;
  if b.watch_below > balance then perform ledger_crossed(b, balance, v_now); end if;
end $$;

-- Draw credits from the open grants in burn order; the caller knows that they suffice and has folded the head.
-- The first entry carries the key; later ones name it by first_seq.
create or replace function ledger_draw(p_credits bigint, t refill_entry, out seq bigint, out taken bigint[])
language plpgsql as $$
declare g refill_grant; v_left bigint := p_credits; v_n bigint;
begin
  for g in select * from refill_grant where account_id = t.account_id and is_open order by ends_at, rank, starts_at, id loop
    v_n := least(g.remaining, v_left);
    t.credits := -v_n; t.grant_id := g.id;
    if t.kind = 'hold' then t.held := v_n; end if;
    t := ledger_append(t, g.source);
    update refill_grant set remaining = remaining - v_n, is_open = remaining > v_n,
        spent = spent + case when t.kind = 'spend' then v_n else 0 end,
        held = held + case when t.kind = 'hold' then v_n else 0 end
      where id = g.id;
    if t.kind = 'hold' then
      insert into refill_holdpart (account_id, hold_id, grant_id, seq, credits) values (t.account_id, t.hold_id, g.id, t.seq, v_n);
    end if;
    taken := taken || array[g.id, v_n];
    if seq is null then
      seq := t.seq; t.first_seq := t.seq; t.key := null; t.fingerprint := null; t.parts := null; t.metadata := null;
    end if;
    v_left := v_left - v_n;
    exit when v_left = 0;
  end loop;
  if v_left <> 0 then raise exception 'grants of account % hold less than its balance', t.account_id; end if;
end $$;

-- What a movement took, and the balance after its last entry: the answer that a replay gives again.
-- A movement's entries stand next to each other, so the scan ends at the first that belongs to another.
create or replace function ledger_taken(p_account bigint, p_seq bigint, out taken bigint[], out balance bigint)
language plpgsql stable as $$
declare v_end bigint;
begin
  select min(e.seq) into v_end from refill_entry e
    where e.account_id = p_account and e.seq > p_seq and e.first_seq is distinct from p_seq;
  select array_agg(x.v order by x.seq, x.i), (array_agg(x.balance_after order by x.seq desc))[1] into taken, balance
    from (select e.seq, e.balance_after, u.i, u.v
            from refill_entry e, unnest(array[e.grant_id, -e.credits]) with ordinality u(v, i)
           where e.account_id = p_account and e.seq >= p_seq and (v_end is null or e.seq < v_end)) x;
end $$;

-- A debit took the balance below what the account watches: a row for whoever must look, and a nudge.
create or replace function ledger_crossed(b refill_balance, p_available bigint, p_at timestamptz) returns void
language plpgsql as $$
begin
  if b.available < b.watch_below then return; end if;
  insert into refill_crossing (account_id, at, available, watched) values (b.account_id, p_at, p_available, b.watch_below);
  perform pg_notify('refill_work', 'crossing');
end $$;

-- A refused debit is looked at too (RULES §5.3).
create or replace function ledger_short(b refill_balance, p_required bigint, p_at timestamptz) returns void
language plpgsql as $$
begin
  if b.watch_below is null then return; end if;
  insert into refill_crossing (account_id, at, available, watched, required)
    values (b.account_id, p_at, b.available, b.watch_below, p_required);
  perform pg_notify('refill_work', 'crossing');
end $$;
