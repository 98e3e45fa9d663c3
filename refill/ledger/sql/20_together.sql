-- Ordinary spends of many accounts at once, in one transaction, under one commit: what ledger_spend would do with each of
-- them in the order given, row for row. Ordinary: the head of an open account of that mode, on the system's clock and with
-- nothing due, covers it; its key is new; it does not take the balance below what is watched; member, inbox and number
-- are of the account. What is not ordinary is left undone and left out, for ledger_spend.
-- p_wait: wait for accounts that somebody holds; otherwise their spends are undone too, with no seq: busy.
-- One plan for few spends and for many: making one for each call would cost as much as three spends.
-- The key is asked for by a scalar subquery, never as a join, which would be planned for however many entries there are.
create or replace function ledger_spend_together(
  p_wait boolean, p_accounts bigint[], p_credits bigint[], p_keys text[], p_fingerprints bigint[], p_kinds text[],
  p_references text[], p_members bigint[], p_inboxes bigint[], p_numbers bigint[], p_parts int[], p_metadata text[],
  p_livemodes boolean[])
returns table (place bigint, seq bigint, balance bigint, grant_id bigint)
language plpgsql security definer set search_path = pg_catalog, public, pg_temp set plan_cache_mode = force_generic_plan as $$
declare v_held bigint[]; v_now timestamptz;
begin
  if p_wait then
    select array_agg(l.account_id) into v_held from (
      select b.account_id from refill_balance b where b.account_id = any (p_accounts) order by 1 for no key update) l;
  else
    select array_agg(l.account_id) into v_held from (
      select b.account_id from refill_balance b where b.account_id = any (p_accounts)
       order by 1 for no key update skip locked) l;
  end if;
  v_now := clock_timestamp();
  return query
  with kept as materialized (
    select b.* from refill_balance b
     where b.account_id = any (v_held) and b.closed is null and b.test_clock_id is null
       and (b.next_due_at is null or b.next_due_at > v_now)
  ), fresh as materialized (
    select u.*, row_number() over (partition by u.account_id, u.key order by u.place) as nth
      from unnest(p_accounts, p_credits, p_keys, p_fingerprints, p_kinds, p_references, p_members, p_inboxes, p_numbers,
                  p_parts, p_metadata, p_livemodes)
           with ordinality u(account_id, n, key, fingerprint, kind, reference, member_id, inbox_id, number_id, parts,
                             metadata, livemode, place)
     where (select e.seq from refill_entry e where e.account_id = u.account_id and e.key = u.key) is null
       and (u.member_id is null or (select m.id from refill_membership m
                                     where m.account_id = u.account_id and m.id = u.member_id) is not null)
       and (u.inbox_id is null or (select i.id from refill_inbox i
                                    where i.account_id = u.account_id and i.id = u.inbox_id) is not null)
       and (u.number_id is null or (select t.id from refill_number t
                                     where t.account_id = u.account_id and t.id = u.number_id) is not null)
  ), item as materialized (
    select f.*, k.seq + row_number() over w as at_seq, sum(f.n) over w as upto, k.available, k.head_grant, k.head_left,
           k.watch_below, greatest(k.entry_at, v_now) as at
      from fresh f join kept k on k.account_id = f.account_id and k.livemode = f.livemode
     where f.nth = 1
    window w as (partition by f.account_id order by f.place rows unbounded preceding)
  ), done as materialized (
    select * from item i where i.upto <= i.head_left and (i.watch_below is null or i.watch_below <= i.available - i.upto)
  ), written as (
    insert into refill_entry (account_id, seq, at, kind, credits, balance_after, grant_id, key, fingerprint, usage_kind,
                              reference, member_id, inbox_id, number_id, parts, metadata)
    select d.account_id, d.at_seq, d.at, 'spend', -d.n, d.available - d.upto, d.head_grant, d.key, d.fingerprint, d.kind,
           d.reference, d.member_id, d.inbox_id, d.number_id, d.parts, d.metadata::jsonb
      from done d
  ), drawn as (
    update refill_balance b set
        seq = t.last_seq, entry_at = t.at, available = b.available - t.n, head_left = b.head_left - t.n
      from (select d.account_id, max(d.at_seq) as last_seq, max(d.upto) as n, max(d.at) as at from done d group by 1) t
     where b.account_id = t.account_id
  )
  select d.place, d.at_seq, (d.available - d.upto)::bigint, d.head_grant from done d
  union all
  select u.place, null, null, null from unnest(p_accounts) with ordinality u(account_id, place)
   where not p_wait and u.account_id <> all (coalesce(v_held, '{}'))
     and exists (select from refill_balance b where b.account_id = u.account_id);
end $$;
