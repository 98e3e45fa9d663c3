-- The credit work of ordinary renewals, for many accounts at once: what ledger_settle does for each of them, row for row.
-- Ordinary: the current period of an active subscription has ended, the next one is stored and reaches to now, nothing is
-- held or owed, and nothing else is due. All others are left to ledger_settle. Returns how many were renewed.
-- Arrays of ids, so that plans are made for few rows; a range of ids as parameters would be planned for any number.
create or replace function ledger_renew_many(p_accounts bigint[]) returns bigint
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare v_locked bigint[]; v_ids bigint[]; v_next bigint[]; v_now timestamptz;
begin
  select array_agg(l.account_id) into v_locked from (
    select account_id from refill_balance where account_id = any (p_accounts) and held = 0 and owed = 0
     order by account_id for no key update skip locked) l;
  v_now := clock_timestamp();
  select array_agg(d.account_id), array_agg(d.next_id) into v_ids, v_next from ledger_renewable(v_locked, v_now) d;
  if v_ids is null then return 0; end if;
  perform ledger_renew_credits(v_ids, v_now);
  update refill_account a set free_allowance_at = n.starts_at from refill_period n
    where n.id = any (v_next) and n.paid = 'free' and a.id = n.account_id;
  -- Not in one statement: no account may have two current periods, not even for a moment.
  update refill_period set state = case when billed or paid <> 'unpaid' then 'past' else 'skipped' end,
      paid = case when billed or paid <> 'unpaid' then paid else 'void' end, billed = true
    where account_id = any (v_ids) and state = 'current';
  update refill_period set state = 'current' where id = any (v_next);
  update refill_subscription s set price_id = n.price_id,
      scheduled_price_id = nullif(s.scheduled_price_id, n.price_id),
      scheduled_at = case when s.scheduled_price_id = n.price_id then null else s.scheduled_at end
    from refill_period n
    where n.id = any (v_next) and s.id = n.subscription_id
      and (s.price_id <> n.price_id or s.scheduled_price_id = n.price_id);
  return cardinality(v_ids);
end $$;

-- Of accounts that are locked, those whose renewal is ordinary; each with its instant, its boundary and its next period.
create or replace function ledger_renewable(p_accounts bigint[], p_now timestamptz)
returns table (account_id bigint, at timestamptz, ended_at timestamptz, next_id bigint, last_paid text) language sql as $$
  select b.account_id, greatest(p.ends_at, b.entry_at), p.ends_at, n.id, p.paid
    from refill_balance b
    cross join lateral (select greatest(b.entry_at, case when b.test_clock_id is null then p_now
                                                         else clock_instant(b.test_clock_id) end) as now) c
    join refill_period p on p.account_id = b.account_id and p.state = 'current' and p.ends_at <= c.now
    join refill_subscription s on s.id = p.subscription_id and s.status = 'active'
      and (s.cancel_at is null or s.cancel_at > p.ends_at)
    join refill_period n on n.subscription_id = p.subscription_id and n.index = p.index + 1 and n.state = 'upcoming'
      and n.ends_at > c.now
   where b.account_id = any (p_accounts)
     and not exists (select from refill_hold h where h.account_id = b.account_id and h.state = 'open')
     and not exists (select from refill_grant g where g.account_id = b.account_id and g.is_open
                       and g.ends_at <= c.now and g.ends_at <> p.ends_at)
     and not exists (select from refill_grant g where g.account_id = b.account_id and not g.started and g.starts_at <= c.now)
$$;

-- Their grants, entries and balances: what ends at the boundary expires, the next period's first allowance is granted.
create or replace function ledger_renew_credits(p_accounts bigint[], p_now timestamptz) returns void language sql as $$
  with due as (
    select r.account_id, r.at, r.ended_at, b.seq, b.available, b.head_grant, b.head_left, n.id as period_id,
           n.subscription_id, n.starts_at, n.ends_at,
           case when n.paid = 'free' then n.credits when r.last_paid = 'paid' then n.advance else 0 end as credits,
           case when n.paid = 'free' then 'period' else 'advance' end as cause
      from ledger_renewable(p_accounts, p_now) r
      join refill_balance b on b.account_id = r.account_id
      join refill_period n on n.id = r.next_id
  ), lot as (
    select g.id, g.account_id, g.source, g.rank, g.starts_at, g.ends_at, g.ends_at = d.ended_at as ends,
           case when g.id = d.head_grant then d.head_left else g.remaining end as left, g.id = d.head_grant as is_head
      from due d join refill_grant g on g.account_id = d.account_id and g.is_open
  ), ended as (
    update refill_grant g set spent = g.spent + g.remaining - l.left,
        expired = g.expired + case when l.ends then l.left else 0 end,
        remaining = case when l.ends then 0 else l.left end, is_open = l.left > 0 and l.ends is not true
      from lot l where g.id = l.id and (l.ends or l.is_head)
  ), expiry as (
    select l.account_id, l.id, l.source, l.left, row_number() over w as k, sum(l.left) over w as gone
      from lot l where l.ends and l.left > 0 window w as (partition by l.account_id order by l.rank, l.id)
  ), lost as (
    select account_id, max(k) as entries, max(gone)::bigint as credits,
           coalesce(sum("left") filter (where source = 'allowance'), 0)::bigint as allowance,
           coalesce(sum("left") filter (where source = 'promotion'), 0)::bigint as promotion,
           coalesce(sum("left") filter (where source = 'adjustment'), 0)::bigint as adjustment,
           coalesce(sum("left") filter (where source in ('purchase', 'recharge')), 0)::bigint as purchased
      from expiry group by account_id
  ), fresh as (
    insert into refill_grant (account_id, source, rank, amount, remaining, held, spent, expired, revoked, starts_at, ends_at,
                              started, is_open, recalled, subscription_id, period_id, cause, reason, actor, created_at)
    select d.account_id, 'allowance', 1, d.credits, d.credits, 0, 0, 0, 0, d.starts_at, d.ends_at, true, true, false,
           d.subscription_id, d.period_id, d.cause,
           case when d.cause = 'advance' then 'advance until the renewal is paid' else 'plan credits' end, '', d.at
      from due d where d.credits > 0 order by d.account_id
    on conflict do nothing
    returning id, account_id, source, rank, starts_at, ends_at, amount, reason
  ), written as (
    insert into refill_entry (account_id, seq, at, kind, credits, balance_after, grant_id, reason)
    select x.account_id, d.seq + x.k, d.at, x.kind, x.credits, d.available + x.change, x.grant_id, x.reason
      from (select account_id, k, 'expire' as kind, -"left" as credits, -gone::bigint as change, id as grant_id,
                   null as reason from expiry
            union all
            select f.account_id, coalesce(o.entries, 0) + 1, 'grant', f.amount, f.amount - coalesce(o.credits, 0), f.id,
                   f.reason
              from fresh f left join lost o on o.account_id = f.account_id) x
      join due d on d.account_id = x.account_id
     order by 1, 2
  ), head as (
    select distinct on (h.account_id) h.account_id, h.id, h.source, h.left
      from (select account_id, id, source, rank, starts_at, ends_at, "left" from lot where "left" > 0 and ends is not true
            union all
            select account_id, id, source, rank, starts_at, ends_at, amount from fresh) h
     order by h.account_id, h.ends_at, h.rank, h.starts_at, h.id
  ), change as (
    select d.*, coalesce(o.entries, 0) + (f.id is not null)::int as entries, coalesce(f.amount, 0) as granted,
           coalesce(o.credits, 0) as gone, coalesce(o.allowance, 0) as allowance, coalesce(o.promotion, 0) as promotion,
           coalesce(o.adjustment, 0) as adjustment, coalesce(o.purchased, 0) as purchased,
           h.id as head_id, h.source as head_source, coalesce(h.left, 0) as head_rest,
           least(d.ends_at,
                 (select min(l.ends_at) from lot l where l.account_id = d.account_id and l.left > 0 and l.ends is not true),
                 (select min(g.starts_at) from refill_grant g where g.account_id = d.account_id and not g.started)) as due_at
      from due d left join lost o on o.account_id = d.account_id left join fresh f on f.account_id = d.account_id
      left join head h on h.account_id = d.account_id
  )
  update refill_balance b set
      seq = b.seq + c.entries, entry_at = case when c.entries > 0 then c.at else b.entry_at end,
      available = b.available + c.granted - c.gone,
      allowance_left = b.allowance_left + c.granted - c.allowance, promotion_left = b.promotion_left - c.promotion,
      adjustment_left = b.adjustment_left - c.adjustment, purchased_left = b.purchased_left - c.purchased,
      allowance_granted = c.granted, resets_at = c.ends_at, next_due_at = c.due_at,
      head_grant = c.head_id, head_source = c.head_source, head_left = c.head_rest
    from change c where b.account_id = c.account_id
$$;
