-- What a movement took from each grant and has not given back.
create or replace function ledger_reversible(p_account bigint, p_seq bigint)
returns table (seq bigint, grant_id bigint, ends_at timestamptz, credits bigint) language plpgsql stable as $$
declare v_end bigint;
begin
  if not exists (select 1 from refill_entry f where f.account_id = p_account and f.seq = p_seq and f.first_seq is null
                   and f.kind in ('spend', 'capture')) then return; end if;
  select min(e.seq) into v_end from refill_entry e
    where e.account_id = p_account and e.seq > p_seq and e.first_seq is distinct from p_seq;
  return query
    select e.seq, e.grant_id, g.ends_at, -(e.credits + coalesce(e.held, 0))
           - coalesce((select sum(c.credits)::bigint from refill_entry c
                        where c.account_id = p_account and c.kind = 'reverse' and c.corrects_seq = e.seq), 0)
      from refill_entry e join refill_grant g on g.id = e.grant_id
     where e.account_id = p_account and e.seq >= p_seq and (v_end is null or e.seq < v_end);
end $$;

-- Give back what a spend or capture took, at most what is unreversed, to its own grants; the last drawn first, so that
-- bought credits come back before plan credits (RULES §2.9).
-- status: reversed, too_much (with what is unreversed), unknown
create or replace function ledger_reverse(
  p_account bigint, p_seq bigint, p_credits bigint, p_after_end text, p_reason text, p_actor text,
  out status text, out seq bigint, out reversed bigint, out balance bigint)
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare r record; t refill_entry; v_at timestamptz; v_left bigint; v_n bigint; v_total bigint; v_lost bigint := 0;
begin
  perform ledger_refuse_below(p_credits, 0);
  select o.at into v_at from ledger_open(p_account) o;
  select sum(x.credits) into v_total from ledger_reversible(p_account, p_seq) x;
  if v_total is null then status := 'unknown';
  elsif coalesce(p_credits, v_total) > v_total or v_total = 0 then status := 'too_much'; reversed := v_total;
  else
    reversed := coalesce(p_credits, v_total); v_left := reversed;
    for r in select * from ledger_reversible(p_account, p_seq) x order by x.seq desc loop
      v_n := least(r.credits, v_left);
      continue when v_n = 0;
      t := null; t.account_id := p_account; t.at := v_at; t.kind := 'reverse'; t.corrects_seq := r.seq;
      t.reason := p_reason; t.actor := p_actor; t.first_seq := seq;
      t := ledger_return(r.grant_id, v_n, t);
      seq := coalesce(seq, t.seq);
      if r.ends_at <= v_at then v_lost := v_lost + v_n; end if;
      v_left := v_left - v_n;
      exit when v_left = 0;
    end loop;
    if v_lost > 0 and p_after_end = 'regrant' then perform ledger_regrant(p_account, v_lost, seq, v_at); end if;
    status := 'reversed';
  end if;
  select available into balance from ledger_head(p_account);
end $$;

-- Policy reverse_after_end = regrant: what came back to an ended grant lives on to the end of the current period.
create or replace function ledger_regrant(p_account bigint, p_credits bigint, p_seq bigint, p_at timestamptz) returns void
language plpgsql as $$
declare v_grant bigint; p refill_period;
begin
  select * into p from refill_period where account_id = p_account and state = 'current';
  insert into refill_grant (account_id, source, rank, amount, remaining, held, spent, expired, revoked, starts_at, ends_at,
                            started, is_open, recalled, subscription_id, period_id, cause, reason, actor, created_at)
    values (p_account, 'adjustment', 3, p_credits, p_credits, 0, 0, 0, 0, p_at, p.ends_at, false, false, false,
            p.subscription_id, p.id, 'regrant', 'given back after entry ' || p_seq, '', p_at)
    returning id into v_grant;
  perform ledger_start(v_grant, p_at);
  perform ledger_due(p_account, p.ends_at);
end $$;

-- An incoming text at zero: what it costs is owed, up to a limit, and settled first from the next grant (RULES §6.3).
-- status: spent, owed, over (the limit is reached, nothing was written), closed, periods_needed
create or replace function ledger_owe(p_account bigint, p_credits bigint, p_limit bigint, p_message bigint, p_number bigint,
                                      p_inbox bigint, p_parts int, out status text, out seq bigint, out balance bigint)
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare o record; b refill_balance; t refill_entry; v_at timestamptz; v_complete boolean;
begin
  perform ledger_refuse_below(p_credits, 1);
  select * into o from ledger_open(p_account);
  b := o.b; v_at := o.at; v_complete := o.complete;
  t.account_id := p_account; t.at := v_at; t.usage_kind := 'text'; t.message_id := p_message; t.number_id := p_number;
  t.inbox_id := p_inbox; t.parts := p_parts; balance := b.available;
  if not v_complete then status := 'periods_needed';
  elsif b.closed is not null then status := 'closed';
  elsif b.available >= p_credits then
    t.kind := 'spend';
    select d.seq into seq from ledger_draw(p_credits, t) d;
    status := 'spent'; balance := b.available - p_credits;
    if b.watch_below > balance then perform ledger_crossed(b.account_id, b.watch_below, b.available, balance, v_at); end if;
  elsif b.owed + p_credits > p_limit then status := 'over';
  else
    t.kind := 'owe'; t.credits := 0; t.owed := p_credits;
    t := ledger_append(t, null);
    status := 'owed'; seq := t.seq;
  end if;
  perform ledger_head(p_account);
end $$;
