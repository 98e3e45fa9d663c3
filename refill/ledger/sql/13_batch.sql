-- Many spends of one account in one call: set-based, same rules and keys as single ones (RULES §2.4).
-- Items are numbered from 1 in the order given. mode all_or_nothing refuses the whole when it does not fit or a key is
-- misused; partial takes, in order, each item that still fits.
-- result per item: spent, replayed, mismatch, insufficient, skipped; the last three of an all_or_nothing batch write nothing.
create or replace function ledger_spend_batch(
  p_account bigint, p_keys text[], p_fingerprints bigint[], p_credits bigint[], p_kinds text[], p_references text[],
  p_mode text, out status text, out required bigint, out balance bigint, out results text[], out seqs bigint[], out closed text)
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  o record; b refill_balance; g refill_grant; v_now timestamptz; v_complete boolean; v_left bigint; v_n bigint; v_i int;
begin
  perform ledger_refuse_below(min(n), 1) from unnest(p_credits) n;
  select * into o from ledger_open(p_account);
  b := o.b; v_now := o.at; v_complete := o.complete;
  balance := b.available;
  -- An ordinary batch, of new keys and covered by one grant, needs no cutting and no looking up of what became of it.
  if v_complete and b.closed is null then
    select sum(n) into required from unnest(p_credits) n;
    select * into g from refill_grant where account_id = p_account and is_open order by ends_at, rank, starts_at, id limit 1;
    if g.remaining >= required and required < 2147483648 then
      begin
        perform ledger_draw_from(b, g, v_now, p_keys, p_fingerprints, p_credits, p_kinds, p_references, required);
        select available into balance from ledger_head(p_account);
        status := 'spent'; results := array_fill('spent'::text, array[cardinality(p_keys)]);
        seqs := array(select b.seq + i from generate_series(1, cardinality(p_keys)) i);
        if b.watch_below > balance then perform ledger_crossed(b.account_id, b.watch_below, b.available, balance, v_now); end if;
        return;
      exception when unique_violation then
        balance := b.available; -- A key is known, or there twice: nothing was drawn.
      end;
    end if;
  end if;
  select array_agg(x.result order by x.i), array_agg(x.seq order by x.i) into results, seqs
    from (select u.i, e.seq,
                 case when e.seq is not null and (e.kind <> 'spend' or e.fingerprint is distinct from u.f) then 'mismatch'
                      when e.seq is not null then 'replayed'
                      when first_value(u.f) over w <> u.f then 'mismatch'
                      when row_number() over w > 1 then 'again'
                      else 'new' end as result
            from unnest(p_keys, p_fingerprints) with ordinality u(k, f, i)
            left join refill_entry e on e.account_id = p_account and e.key = u.k
          window w as (partition by u.k order by u.i)) x;
  select coalesce(sum(n), 0) into required from unnest(p_credits, results) u(n, r) where r = 'new';
  status := case when not v_complete then 'periods_needed'
                 when required > 0 and b.closed is not null then 'closed'
                 when p_mode = 'all_or_nothing' and 'mismatch' = any (results) then 'mismatch'
                 when p_mode = 'all_or_nothing' and required > b.available then 'insufficient'
                 else 'spent' end;
  closed := b.closed;
  if status = 'insufficient' then perform ledger_short(b, required, v_now); end if;
  if status <> 'spent' then perform ledger_head(p_account); return; end if;
  if required > b.available then
    v_left := b.available;
    for v_i, v_n in select i, n from unnest(p_credits, results) with ordinality u(n, r, i) where r = 'new' order by i loop
      if v_n <= v_left then v_left := v_left - v_n; else results[v_i] := 'insufficient'; end if;
    end loop;
    -- What was not taken, over what is left.
    perform ledger_short(b, required - b.available + v_left, v_now);
  end if;
  perform ledger_draw_many(b, v_now, p_keys, p_fingerprints, p_credits, p_kinds, p_references, results);
  select available into balance from ledger_head(p_account);
  select array_agg(coalesce(s.seq, e.seq) order by u.i),
         array_agg(case u.r when 'new' then 'spent'
                            when 'again' then case when e.seq is null then 'insufficient' else 'replayed' end
                            else u.r end order by u.i)
    into seqs, results
    from unnest(p_keys, seqs, results) with ordinality u(k, s, r, i)
    left join lateral (select u.s as seq) s on true
    left join refill_entry e on e.account_id = p_account and e.key = u.k;
  if b.watch_below > balance then perform ledger_crossed(b.account_id, b.watch_below, b.available, balance, v_now); end if;
end $$;

-- All items, in order, drawn from one grant that covers them; at most 2147483647 credits, because a running sum of bigints
-- would be a numeric. Unnested in the list of columns, the arrays are not written down once more.
create or replace function ledger_draw_from(
  b refill_balance, g refill_grant, p_now timestamptz, p_keys text[], p_fingerprints bigint[], p_credits bigint[],
  p_kinds text[], p_references text[], p_required bigint) returns void language sql as $$
  insert into refill_entry (account_id, seq, at, kind, credits, balance_after, grant_id, key, fingerprint, usage_kind, reference)
    select b.account_id, b.seq + i, p_now, 'spend', -n, b.available - sum(n::int) over (order by i rows unbounded preceding), g.id,
           key, fingerprint, kind, reference
      from (select unnest(p_keys) as key, unnest(p_fingerprints) as fingerprint, unnest(p_credits) as n, unnest(p_kinds) as kind,
                   unnest(p_references) as reference, generate_series(1, cardinality(p_keys)) as i) u;
  update refill_grant x set remaining = x.remaining - p_required, spent = x.spent + p_required, is_open = x.remaining > p_required
    where x.id = g.id;
  update refill_balance x set
      seq = x.seq + cardinality(p_keys), entry_at = p_now, available = x.available - p_required,
      allowance_left = x.allowance_left - case when g.source = 'allowance' then p_required else 0 end,
      promotion_left = x.promotion_left - case when g.source = 'promotion' then p_required else 0 end,
      adjustment_left = x.adjustment_left - case when g.source = 'adjustment' then p_required else 0 end,
      purchased_left = x.purchased_left - case when g.source in ('purchase', 'recharge') then p_required else 0 end
    where x.account_id = b.account_id
$$;

-- The accepted items drawn from the open grants: both laid along one line of credits, cut where either ends.
create or replace function ledger_draw_many(
  b refill_balance, p_now timestamptz, p_keys text[], p_fingerprints bigint[], p_credits bigint[], p_kinds text[],
  p_references text[], p_results text[]) returns bigint language plpgsql as $$
declare v_taken bigint; v_entries bigint;
begin
  with item as (
    select u.*, (sum(n) over w)::bigint - n as lo, (sum(n) over w)::bigint as hi
      from unnest(p_keys, p_fingerprints, p_credits, p_kinds, p_references, p_results)
           with ordinality u(key, fingerprint, n, kind, reference, result, i)
     where result = 'new' window w as (order by i rows unbounded preceding)
  ), lot as (
    select id, source, (sum(remaining) over w)::bigint - remaining as lo, (sum(remaining) over w)::bigint as hi
      from refill_grant where account_id = b.account_id and is_open
    window w as (order by ends_at, rank, starts_at, id rows unbounded preceding)
  ), cut as (
    select item.i, item.key, item.fingerprint, item.kind, item.reference, lot.id as grant_id, lot.source,
           least(item.hi, lot.hi) - greatest(item.lo, lot.lo) as n,
           row_number() over (order by item.i, lot.lo) as j,
           row_number() over (partition by item.i order by lot.lo) as part,
           b.available - least(item.hi, lot.hi) as after
      from item join lot on item.lo < lot.hi and lot.lo < item.hi
  ), written as (
    insert into refill_entry (account_id, seq, at, kind, credits, balance_after, grant_id, first_seq, key, fingerprint,
                              usage_kind, reference)
    select b.account_id, b.seq + j, p_now, 'spend', -n, after, grant_id, case when part > 1 then b.seq + j - part + 1 end,
           case when part = 1 then key end, case when part = 1 then fingerprint end, kind, reference
      from cut order by j
    returning grant_id, credits
  ), drawn as (
    select grant_id, -sum(credits) as n, count(*) as entries from written group by grant_id
  ), lots as (
    update refill_grant g set remaining = g.remaining - d.n, spent = g.spent + d.n, is_open = g.remaining > d.n
      from drawn d where g.id = d.grant_id
    returning g.source, d.n, d.entries
  )
  update refill_balance x set
      seq = x.seq + t.entries, entry_at = p_now, available = x.available - t.n,
      allowance_left = x.allowance_left - t.allowance, promotion_left = x.promotion_left - t.promotion,
      adjustment_left = x.adjustment_left - t.adjustment, purchased_left = x.purchased_left - t.purchased
    from (select sum(entries) as entries, sum(n) as n,
                 coalesce(sum(n) filter (where source = 'allowance'), 0) as allowance,
                 coalesce(sum(n) filter (where source = 'promotion'), 0) as promotion,
                 coalesce(sum(n) filter (where source = 'adjustment'), 0) as adjustment,
                 coalesce(sum(n) filter (where source in ('purchase', 'recharge')), 0) as purchased from lots) t
    where x.account_id = b.account_id and t.entries > 0;
  select seq - b.seq into v_entries from refill_balance where account_id = b.account_id;
  return v_entries;
end $$;
