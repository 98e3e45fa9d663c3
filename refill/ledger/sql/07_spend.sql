-- Spend: all or nothing, once for each key, in burn order (RULES §2.2-2.6). The ordinary spend, which the head grant of an
-- account on the system's clock covers, is one UPDATE that locks, checks and draws, and one INSERT. An UPDATE that waited
-- for the row sees it, and the clock, as they are after the wait, with two exceptions. Where the other had merely locked
-- it the instant may be old: then the draw is undone, and the spend goes the long way, as every spend does that is not
-- ordinary: ledger_spend_locked. And a key that came meanwhile is refused by its index (unique_violation): nothing has
-- happened, and who asks again is told what became of the key.
-- status: spent, replayed, mismatch, insufficient, closed, periods_needed, unknown_account (also one of the other mode);
-- watched: what the account watches for (RULES §5.3), so that nobody asks for it in a round trip of its own
create or replace function ledger_spend(
  p_account bigint, p_credits bigint, p_key text, p_fingerprint bigint, p_kind text,
  p_reference text default null, p_member bigint default null, p_inbox bigint default null, p_number bigint default null,
  p_message bigint default null, p_parts int default null, p_metadata jsonb default null,
  p_livemode boolean default null,
  out status text, out seq bigint, out balance bigint, out taken bigint[], out closed text, out watched bigint)
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare v_at timestamptz; v_due timestamptz; v_head bigint;
begin
  if p_credits <= 0 then perform ledger_refuse_below(p_credits, 1); end if;
  update refill_balance x set
      seq = x.seq + 1, entry_at = greatest(x.entry_at, clock_timestamp()),
      available = x.available - p_credits, head_left = x.head_left - p_credits
    where x.account_id = p_account and x.head_left >= p_credits and x.closed is null and x.test_clock_id is null
      and (p_livemode is null or x.livemode = p_livemode)
      and (x.next_due_at is null or x.next_due_at > clock_timestamp())
      and not exists (select from refill_entry e where e.account_id = p_account and e.key = p_key)
    returning x.seq, x.entry_at, x.available, x.head_grant, x.next_due_at, x.watch_below
    into seq, v_at, balance, v_head, v_due, watched;
  if found then
    if clock_timestamp() < least(v_due, v_at + interval '10 milliseconds') then
      insert into refill_entry (account_id, seq, at, kind, credits, balance_after, grant_id, key, fingerprint, usage_kind,
                                reference, member_id, inbox_id, number_id, message_id, parts, metadata)
        values (p_account, seq, v_at, 'spend', -p_credits, balance, v_head, p_key, p_fingerprint, p_kind,
                p_reference, p_member, p_inbox, p_number, p_message, p_parts, p_metadata);
      status := 'spent'; taken := array[v_head, p_credits];
      if watched > balance then perform ledger_crossed(p_account, watched, balance + p_credits, balance, v_at); end if;
      return;
    end if;
    perform ledger_undraw(p_account, p_credits);
  end if;
  select * into status, seq, balance, taken, closed, watched
    from ledger_spend_locked(p_account, p_credits, p_key, p_fingerprint, p_kind, p_reference, p_member, p_inbox, p_number,
                             p_message, p_parts, p_metadata, p_livemode);
end $$;

-- Undo the draw of a spend whose entry was not written: the row is as its last entry left it.
create or replace function ledger_undraw(p_account bigint, p_credits bigint) returns void language sql as $$
  update refill_balance x set
      seq = x.seq - 1, available = x.available + p_credits, head_left = x.head_left + p_credits,
      entry_at = (select e.at from refill_entry e where e.account_id = p_account and e.seq = x.seq - 1)
    where x.account_id = p_account
$$;

-- Every spend that is not ordinary: lock, look the key up, do what is due, then draw or refuse.
create or replace function ledger_spend_locked(
  p_account bigint, p_credits bigint, p_key text, p_fingerprint bigint, p_kind text, p_reference text, p_member bigint,
  p_inbox bigint, p_number bigint, p_message bigint, p_parts int, p_metadata jsonb, p_livemode boolean,
  out status text, out seq bigint, out balance bigint, out taken bigint[], out closed text, out watched bigint)
language plpgsql as $$
declare b refill_balance; e refill_entry; t refill_entry; v_now timestamptz;
begin
  select * into b from refill_balance where account_id = p_account for no key update;
  if not found or b.livemode <> p_livemode then status := 'unknown_account'; return; end if;
  watched := b.watch_below;
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
    watched := b.watch_below;
  end if;
  if b.closed is not null then status := 'closed'; closed := b.closed; return; end if;
  if b.available < p_credits then
    status := 'insufficient'; balance := b.available;
    perform ledger_short(b, p_credits, v_now);
    return;
  end if;
  status := 'spent'; balance := b.available - p_credits;
  t.account_id := p_account; t.at := v_now; t.kind := 'spend'; t.key := p_key; t.fingerprint := p_fingerprint;
  t.usage_kind := p_kind; t.reference := p_reference; t.member_id := p_member; t.inbox_id := p_inbox;
  t.number_id := p_number; t.message_id := p_message; t.parts := p_parts; t.metadata := p_metadata;
  if b.head_left >= p_credits then
    update refill_balance x set
        seq = x.seq + 1, entry_at = v_now, available = x.available - p_credits, head_left = x.head_left - p_credits
      where x.account_id = p_account;
    t.seq := b.seq + 1; t.balance_after := balance; t.credits := -p_credits; t.grant_id := b.head_grant;
    insert into refill_entry select t.*;
    seq := t.seq; taken := array[b.head_grant, p_credits];
  else
    perform ledger_fold(p_account);
    select d.seq, d.taken into seq, taken from ledger_draw(p_credits, t) d;
    perform ledger_head(p_account);
  end if;
  if b.watch_below > balance then perform ledger_crossed(p_account, b.watch_below, b.available, balance, v_now); end if;
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

-- A debit left the balance below what the account watches: a row for whoever must look, and a nudge. Below already, and
-- a row still waiting to be looked at: that one says it all.
create or replace function ledger_crossed(
  p_account bigint, p_watched bigint, p_before bigint, p_available bigint, p_at timestamptz) returns void
language plpgsql as $$
begin
  if p_before < p_watched
     and exists (select from refill_crossing where account_id = p_account and handled_at is null) then return; end if;
  insert into refill_crossing (account_id, at, available, watched) values (p_account, p_at, p_available, p_watched);
  perform pg_notify('refill_work', 'crossing');
end $$;

-- A refused debit is looked at too (RULES §5.3).
create or replace function ledger_short(b refill_balance, p_required bigint, p_at timestamptz) returns void
language plpgsql as $$
begin
  if b.watch_below is null or exists (select from refill_crossing where account_id = b.account_id and handled_at is null
                                         and required >= p_required) then return; end if;
  insert into refill_crossing (account_id, at, available, watched, required)
    values (b.account_id, p_at, b.available, b.watch_below, p_required);
  perform pg_notify('refill_work', 'crossing');
end $$;
