-- Hold: set credits aside, in burn order, under the same keys as spends (RULES §2.4).
-- status: held, replayed, mismatch, insufficient, closed, periods_needed
create or replace function ledger_hold(
  p_account bigint, p_credits bigint, p_key text, p_fingerprint bigint, p_expires_at timestamptz,
  p_reference text default null, p_message bigint default null,
  out status text, out hold_id bigint, out balance bigint, out taken bigint[], out closed text)
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare o record; b refill_balance; e refill_entry; t refill_entry; v_now timestamptz; v_complete boolean;
begin
  perform ledger_refuse_below(p_credits, 1);
  select * into o from ledger_open(p_account);
  b := o.b; v_now := o.at; v_complete := o.complete;
  if p_key is not null then
    select * into e from refill_entry where account_id = p_account and key = p_key;
    if found then
      status := case when e.fingerprint is distinct from p_fingerprint or e.kind <> 'hold' then 'mismatch' else 'replayed' end;
      if status = 'replayed' then
        hold_id := e.hold_id;
        select r.taken, r.balance into taken, balance from ledger_taken(p_account, e.seq) r;
      end if;
    end if;
  end if;
  if status is null and not v_complete then status := 'periods_needed'; end if;
  if status is null and b.closed is not null then status := 'closed'; closed := b.closed; end if;
  if status is null and b.available < p_credits then
    status := 'insufficient'; balance := b.available;
    perform ledger_short(b, p_credits, v_now);
  end if;
  if status is not null then perform ledger_head(p_account); return; end if;
  insert into refill_hold (account_id, credits, captured, state, expires_at, reference, message_id, created_at)
    values (p_account, p_credits, 0, 'open', p_expires_at, p_reference, p_message, v_now) returning id into hold_id;
  t.account_id := p_account; t.at := v_now; t.kind := 'hold'; t.hold_id := hold_id; t.key := p_key;
  t.fingerprint := p_fingerprint; t.reference := p_reference; t.message_id := p_message;
  select d.taken into taken from ledger_draw(p_credits, t) d;
  balance := b.available - p_credits; status := 'held';
  perform ledger_due(p_account, p_expires_at);
  perform ledger_head(p_account);
  if b.watch_below > balance then perform ledger_crossed(b.account_id, b.watch_below, b.available, balance, v_now); end if;
end $$;

-- Give what is still held back to its grants and end the hold.
create or replace function ledger_drop_hold(p_account bigint, p_hold bigint, p_at timestamptz, p_state text, p_reason text)
returns void language plpgsql as $$
declare r record; t refill_entry;
begin
  for r in select * from refill_holdpart p where p.account_id = p_account and p.hold_id = p_hold and p.credits > 0
            order by p.seq loop
    t := null; t.account_id := p_account; t.at := p_at; t.kind := 'release'; t.held := -r.credits; t.hold_id := p_hold;
    t.reason := p_reason;
    perform ledger_return(r.grant_id, r.credits, t);
  end loop;
  update refill_holdpart set credits = 0 where account_id = p_account and hold_id = p_hold;
  update refill_hold set state = p_state, ended_at = p_at where account_id = p_account and id = p_hold;
end $$;

-- status: released, ended (with the state it ended in), unknown
create or replace function ledger_release(p_account bigint, p_hold bigint, out status text, out state text, out balance bigint)
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare h refill_hold; v_at timestamptz;
begin
  select o.at into v_at from ledger_open(p_account) o;
  select * into h from refill_hold where account_id = p_account and id = p_hold;
  if not found then status := 'unknown';
  elsif h.state <> 'open' then status := 'ended'; state := h.state;
  else
    perform ledger_drop_hold(p_account, p_hold, v_at, 'released', null);
    status := 'released'; state := 'released';
  end if;
  select available into balance from ledger_head(p_account);
end $$;

-- Capture all of a hold, or a part; what is not captured is released (RULES §2.8).
-- status: captured, ended, too_much (with what is still held), unknown
create or replace function ledger_capture(
  p_account bigint, p_hold bigint, p_credits bigint, p_kind text, p_parts int, p_metadata jsonb,
  out status text, out state text, out seq bigint, out captured bigint, out balance bigint, out taken bigint[])
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare h refill_hold; r record; t refill_entry; v_at timestamptz; v_left bigint; v_n bigint; v_source text;
begin
  perform ledger_refuse_below(p_credits, 0);
  select o.at into v_at from ledger_open(p_account) o;
  select * into h from refill_hold where account_id = p_account and id = p_hold;
  select coalesce(sum(p.credits), 0) into captured from refill_holdpart p where p.account_id = p_account and p.hold_id = p_hold;
  if h.id is null then status := 'unknown';
  elsif h.state <> 'open' then status := 'ended'; state := h.state;
  elsif p_credits > captured then status := 'too_much';
  else
    v_left := coalesce(p_credits, captured); captured := v_left;
    t.account_id := p_account; t.at := v_at; t.kind := 'capture'; t.hold_id := p_hold; t.credits := 0;
    t.usage_kind := p_kind; t.reference := h.reference; t.message_id := h.message_id; t.parts := p_parts; t.metadata := p_metadata;
    for r in select * from refill_holdpart p where p.account_id = p_account and p.hold_id = p_hold and p.credits > 0
              order by p.seq loop
      v_n := least(r.credits, v_left);
      exit when v_n = 0;
      t.held := -v_n; t.grant_id := r.grant_id;
      select g.source into v_source from refill_grant g where g.id = r.grant_id;
      t := ledger_append(t, v_source);
      update refill_grant g set held = g.held - v_n, spent = g.spent + v_n where g.id = r.grant_id;
      update refill_holdpart p set credits = p.credits - v_n
        where p.account_id = p_account and p.hold_id = p_hold and p.grant_id = r.grant_id;
      taken := taken || array[r.grant_id, v_n];
      if seq is null then seq := t.seq; t.first_seq := t.seq; t.parts := null; t.metadata := null; end if;
      v_left := v_left - v_n;
    end loop;
    update refill_hold set captured = ledger_capture.captured where account_id = p_account and id = p_hold;
    perform ledger_drop_hold(p_account, p_hold, v_at, 'captured', 'not needed');
    status := 'captured'; state := 'captured';
  end if;
  select available into balance from ledger_head(p_account);
end $$;
