-- Credits of texts: set aside for one text or for a whole broadcast, then captured text by text as the carrier takes them
-- (RULES §7.2, §7.3). The hold has no end of its own: the product ends it with the last text that it is for.
-- status: held, insufficient, closed, periods_needed
create or replace function ledger_hold_texts(
  p_account bigint, p_credits bigint, p_message bigint, p_broadcast bigint, p_reference text, p_member bigint,
  p_inbox bigint, p_number bigint, p_parts int, out status text, out hold_id bigint, out balance bigint, out closed text)
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare o record; b refill_balance; t refill_entry;
begin
  perform ledger_refuse_below(p_credits, 1);
  select * into o from ledger_open(p_account);
  b := o.b; balance := b.available; closed := b.closed;
  status := case when not o.complete then 'periods_needed' when b.closed is not null then 'closed'
                 when b.available < p_credits then 'insufficient' else 'held' end;
  if status = 'insufficient' then perform ledger_short(b, p_credits, o.at); end if;
  if status = 'held' then
    insert into refill_hold (account_id, credits, captured, state, reference, message_id, broadcast_id, created_at)
      values (p_account, p_credits, 0, 'open', p_reference, p_message, p_broadcast, o.at) returning id into hold_id;
    t.account_id := p_account; t.at := o.at; t.kind := 'hold'; t.hold_id := hold_id; t.reference := p_reference;
    t.message_id := p_message; t.member_id := p_member; t.inbox_id := p_inbox; t.number_id := p_number; t.parts := p_parts;
    perform ledger_draw(p_credits, t);
    balance := b.available - p_credits;
    if b.watch_below > balance then perform ledger_crossed(b.account_id, b.watch_below, b.available, balance, o.at); end if;
  end if;
  perform ledger_head(p_account);
end $$;

-- Capture many texts in one call, each out of its hold; what a hold has beyond them stays held. Per text the first entry,
-- or null where its hold has ended or holds less than is asked of it (nothing is taken from that hold then).
create or replace function ledger_capture_texts(
  p_account bigint, p_holds bigint[], p_credits bigint[], p_messages bigint[], p_parts int[], p_kinds text[],
  p_members bigint[], p_inboxes bigint[], p_numbers bigint[], out seqs bigint[], out balance bigint)
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare o record; b refill_balance;
begin
  perform ledger_refuse_below(min(n), 1) from unnest(p_credits) n;
  select * into o from ledger_open(p_account);
  b := o.b;
  with item as (
    select u.*, (sum(n) over w)::bigint - n as lo, (sum(n) over w)::bigint as hi
      from unnest(p_holds, p_credits, p_messages, p_parts, p_kinds, p_members, p_inboxes, p_numbers)
           with ordinality u(hold, n, message, parts, kind, member, inbox, number, i)
    window w as (partition by hold order by i rows unbounded preceding)
  ), lot as (
    select p.hold_id, p.grant_id, h.reference, (sum(p.credits) over w)::bigint - p.credits as lo, (sum(p.credits) over w)::bigint as hi
      from refill_holdpart p join refill_hold h on h.account_id = p.account_id and h.id = p.hold_id
     where p.account_id = p_account and p.hold_id = any (p_holds) and p.credits > 0 and h.state = 'open'
    window w as (partition by p.hold_id order by p.seq rows unbounded preceding)
  ), able as (
    select i.hold from (select hold, max(hi) as hi from item group by hold) i
      join (select hold_id, max(hi) as hi from lot group by hold_id) l on l.hold_id = i.hold and i.hi <= l.hi
  ), cut as (
    select item.*, lot.grant_id, lot.reference, least(item.hi, lot.hi) - greatest(item.lo, lot.lo) as taken,
           row_number() over (order by item.i, lot.lo) as j, row_number() over (partition by item.i order by lot.lo) as part
      from item join able using (hold) join lot on lot.hold_id = item.hold and item.lo < lot.hi and lot.lo < item.hi
  ), written as (
    insert into refill_entry (account_id, seq, at, kind, credits, held, balance_after, grant_id, first_seq, hold_id,
                              usage_kind, reference, member_id, inbox_id, number_id, message_id, parts)
    select p_account, b.seq + j, o.at, 'capture', 0, -taken, b.available, grant_id,
           case when part > 1 then b.seq + j - part + 1 end, hold, kind, reference, member, inbox, number, message,
           case when part = 1 then parts end
      from cut order by j
  ), parts as (
    update refill_holdpart p set credits = p.credits - d.n
      from (select hold, grant_id, sum(taken) as n from cut group by hold, grant_id) d
     where p.account_id = p_account and p.hold_id = d.hold and p.grant_id = d.grant_id
  ), grants as (
    update refill_grant g set held = g.held - d.n, spent = g.spent + d.n
      from (select grant_id, sum(taken) as n from cut group by grant_id) d where g.id = d.grant_id
  ), holds as (
    update refill_hold h set captured = h.captured + d.n,
        state = case when d.n = l.n then 'captured' else h.state end, ended_at = case when d.n = l.n then o.at end
      from (select hold, sum(taken) as n from cut group by hold) d
      join (select hold_id, max(hi) as n from lot group by hold_id) l on l.hold_id = d.hold
     where h.account_id = p_account and h.id = d.hold
  ), kept as (
    update refill_balance x set seq = x.seq + d.entries, entry_at = o.at, held = x.held - d.n
      from (select count(*) as entries, sum(taken) as n from cut) d where x.account_id = p_account and d.entries > 0
  )
  select array_agg(b.seq + f.j order by u.i) into seqs
    from unnest(p_messages) with ordinality u(message, i)
    left join cut f on f.i = u.i and f.part = 1;
  select available into balance from ledger_head(p_account);
end $$;

-- Give part of what holds of texts have left back: texts that the carrier refused, or that were called off. The last drawn
-- first. A hold with nothing left has ended.
create or replace function ledger_release_texts(p_account bigint, p_holds bigint[], p_credits bigint[], p_reason text,
                                                out released bigint)
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare o record; d record; r record; t refill_entry; v_n bigint; v_left bigint;
begin
  perform ledger_refuse_below(min(n), 1) from unnest(p_credits) n;
  select * into o from ledger_open(p_account);
  released := 0;
  for d in select h.id, sum(u.n) as n from unnest(p_holds, p_credits) u(hold, n)
             join refill_hold h on h.account_id = p_account and h.id = u.hold and h.state = 'open' group by h.id order by h.id loop
    v_left := d.n;
    for r in select * from refill_holdpart p where p.account_id = p_account and p.hold_id = d.id and p.credits > 0
              order by p.seq desc loop
      v_n := least(r.credits, v_left);
      exit when v_n = 0;
      t := null; t.account_id := p_account; t.at := o.at; t.kind := 'release'; t.held := -v_n; t.hold_id := d.id;
      t.reason := p_reason;
      perform ledger_return(r.grant_id, v_n, t);
      update refill_holdpart set credits = credits - v_n
        where account_id = p_account and hold_id = d.id and grant_id = r.grant_id;
      v_left := v_left - v_n; released := released + v_n;
    end loop;
    update refill_hold h set state = case when h.captured > 0 then 'captured' else 'released' end, ended_at = o.at
      where h.account_id = p_account and h.id = d.id and not exists (
        select from refill_holdpart p where p.account_id = p_account and p.hold_id = d.id and p.credits > 0);
  end loop;
  perform ledger_head(p_account);
end $$;
