-- The credit work of ordinary renewals, for many accounts at once: what ledger_settle does for each of them, row for row.
-- Ordinary: the current period of an active subscription has ended, the next one is stored and reaches to now, nothing is
-- held or owed, and nothing else is due. All others are left to ledger_settle. Returns how many were renewed.
-- Arrays of ids, so that plans are made for few rows; a range of ids as parameters would be planned for any number.
create or replace function ledger_renew_many(p_accounts bigint[]) returns bigint
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare v_locked bigint[]; v_ids bigint[]; v_next bigint[];
begin
  select array_agg(l.account_id) into v_locked from (
    select account_id from refill_balance where account_id = any (p_accounts) and held = 0 and owed = 0
     order by account_id for no key update skip locked) l;
  select array_agg(r.account_id), array_agg(r.period_id) into v_ids, v_next
    from ledger_renew_credits(v_locked, clock_timestamp()) r;
  if v_ids is null then return 0; end if;
  -- Not in one statement: no account may have two current periods, not even for a moment.
  update refill_period set state = case when billed or paid <> 'unpaid' then 'past' else 'skipped' end,
      paid = case when billed or paid <> 'unpaid' then paid else 'void' end, billed = true
    where account_id = any (v_ids) and state = 'current';
  update refill_period set state = 'current' where id = any (v_next);
  update refill_account a set free_allowance_at = n.starts_at from refill_period n
    where n.id = any (v_next) and n.paid = 'free' and a.id = n.account_id;
  update refill_subscription s set price_id = n.price_id,
      scheduled_price_id = nullif(s.scheduled_price_id, n.price_id),
      scheduled_at = case when s.scheduled_price_id = n.price_id then null else s.scheduled_at end
    from refill_period n
    where n.id = any (v_next) and s.id = n.subscription_id
      and (s.price_id <> n.price_id or s.scheduled_price_id = n.price_id);
  return cardinality(v_ids);
end $$;

-- The words of ledger_begin.
create or replace function ledger_cause_words(p_cause text) returns text language sql immutable as $$
  select case p_cause when 'advance' then 'advance until the renewal is paid' else 'plan credits' end
$$;

-- Of accounts that are locked, those whose renewal is ordinary: what ends at the boundary expires, the next period's first
-- allowance is granted. One row for each, with its next period. A lot is a grant that is open now or will be.
create or replace function ledger_renew_credits(p_accounts bigint[], p_now timestamptz)
returns table (account_id bigint, period_id bigint) language sql as $$
  with due as materialized (
    select b.account_id, b.seq, b.available, b.head_grant, b.head_left, b.head_whole - b.head_left as head_taken, greatest(p.ends_at, b.entry_at) as at,
           p.ends_at as ended_at, n.id as period_id, n.policy_id, n.subscription_id, n.starts_at, n.ends_at, f.credits,
           case when n.paid = 'free' then 'period' else 'advance' end as cause,
           case when f.credits > 0 then nextval('refill_grant_id_seq') end as fresh_id, w.starts_at as waits_until
      from refill_balance b
      cross join lateral (select greatest(b.entry_at, case when b.test_clock_id is null then p_now
                                                           else clock_instant(b.test_clock_id) end) as now) c
      join refill_period p on p.account_id = b.account_id and p.state = 'current' and p.ends_at <= c.now
      join refill_subscription s on s.id = p.subscription_id and s.status = 'active'
        and (s.cancel_at is null or s.cancel_at > p.ends_at)
      join refill_period n on n.subscription_id = p.subscription_id and n.index = p.index + 1 and n.state = 'upcoming'
        and n.ends_at > c.now
      cross join lateral (select case when n.paid = 'free' then n.credits when p.paid = 'paid' then n.advance else 0 end
                            as credits) f
      cross join lateral (select min(g.starts_at) as starts_at from refill_grant g
                           where g.account_id = b.account_id and not g.started) w
     where b.account_id = any (p_accounts) and (w.starts_at is null or w.starts_at > c.now)
       and not exists (select from refill_hold h where h.account_id = b.account_id and h.state = 'open')
       and not exists (select from refill_grant g where g.account_id = b.account_id and g.is_open
                         and g.ends_at <= c.now and g.ends_at <> p.ends_at)
       and not exists (select from refill_grant g where g.account_id = b.account_id and g.period_id = n.id
                         and g.source = 'allowance')
  ), lot as materialized (
    select *, ends and "left" > 0 as is_lost, not ends and "left" > 0 as is_kept,
           count(*) filter (where ends and "left" > 0) over w as nth, sum("left") filter (where ends) over w as gone,
           case when ends then "left" else 0 end + case when is_head then (d).head_taken else 0 end as taken
      from (select d.account_id, g.id, g.source, g.rank, g.starts_at, g.ends_at,
                   coalesce(g.ends_at = d.ended_at, false) as ends, coalesce(g.id = d.head_grant, false) as is_head,
                   coalesce(case when g.id = d.head_grant then d.head_left else g.remaining end, 0) as "left", d
              from due d left join refill_grant g on g.account_id = d.account_id and g.is_open
            union all
            select account_id, fresh_id, 'allowance', 1, starts_at, ends_at, false, false, credits, due
              from due where fresh_id is not null) x
    window w as (partition by account_id order by rank, id rows unbounded preceding)
  ), change as materialized (
    select (d).*, count(*) filter (where is_lost) as expiries, sum("left") filter (where ends) as lost,
           sum(taken) filter (where source = 'allowance') as allowance,
           sum(taken) filter (where source = 'promotion') as promotion,
           sum(taken) filter (where source = 'adjustment') as adjustment,
           sum(taken) filter (where source in ('purchase', 'recharge')) as purchased,
           min(ends_at) filter (where is_kept) as next_end,
           (array_agg(id order by ends_at, rank, starts_at, id) filter (where is_kept))[1] as new_head,
           (array_agg(source order by ends_at, rank, starts_at, id) filter (where is_kept))[1] as new_source,
           (array_agg("left" order by ends_at, rank, starts_at, id) filter (where is_kept))[1] as new_left
      from lot group by account_id, d
  ), ended as (
    update refill_grant g set spent = g.spent + g.remaining - l.left,
        expired = g.expired + case when l.ends then l.left else 0 end,
        remaining = case when l.ends then 0 else l.left end, is_open = l.is_kept
      from lot l where g.id = l.id and (l.ends or l.is_head)
  ), granted as (
    insert into refill_grant (id, account_id, source, rank, amount, remaining, held, spent, expired, revoked, starts_at,
                              ends_at, started, is_open, recalled, subscription_id, period_id, cause, reason, actor, created_at)
    select fresh_id, account_id, 'allowance', 1, credits, credits, 0, 0, 0, 0, starts_at, ends_at, true, true, false,
           subscription_id, period_id, cause, ledger_cause_words(cause), '', at
      from due where fresh_id is not null
  ), written as (
    insert into refill_entry (account_id, seq, at, kind, credits, balance_after, grant_id, reason)
    select account_id, (d).seq + nth, (d).at, 'expire', -"left", (d).available - gone, id, null from lot where is_lost
    union all
    select account_id, seq + expiries + 1, at, 'grant', credits, available - coalesce(lost, 0) + credits, fresh_id,
           ledger_cause_words(cause)
      from change where fresh_id is not null
  ), told as (
    insert into refill_event (account_id, kind, at, data)
    select account_id, 'allowance.expired', (d).at, jsonb_build_object('grant', id, 'credits', "left")
      from lot where is_lost and source = 'allowance'
    union all
    select account_id, 'allowance.granted', at, jsonb_build_object('grant', fresh_id, 'credits', credits)
      from change where fresh_id is not null
  )
  update refill_balance b set
      seq = c.seq + c.expiries + (c.fresh_id is not null)::int,
      entry_at = case when c.expiries > 0 or c.fresh_id is not null then c.at else b.entry_at end,
      available = c.available - coalesce(c.lost, 0) + c.credits,
      allowance_left = b.allowance_left - coalesce(c.allowance, 0) + c.credits,
      promotion_left = b.promotion_left - coalesce(c.promotion, 0),
      adjustment_left = b.adjustment_left - coalesce(c.adjustment, 0),
      purchased_left = b.purchased_left - coalesce(c.purchased, 0),
      watch_below = case when c.credits = 0 then b.watch_below else greatest(b.watch_below, (
        select ledger_low_below(v.values, (c.available - coalesce(c.lost, 0) + c.credits)::bigint)
          from refill_policyversion v where v.id = c.policy_id)) end,
      allowance_granted = c.credits, resets_at = c.ends_at, next_due_at = least(c.ends_at, c.next_end, c.waits_until),
      head_grant = c.new_head, head_source = c.new_source, head_whole = coalesce(c.new_left, 0),
      head_left = coalesce(c.new_left, 0)
    from change c where b.account_id = c.account_id
  returning c.account_id, c.period_id
$$;
