-- How long held credits may be captured after their grant has ended (RULES §2.8).
create or replace function ledger_grace(p_account bigint) returns interval language sql stable as $$
  select make_interval(hours => coalesce((account_policy(p_account) ->> 'hold_grace')::int, 72))
$$;

-- The credit work of every boundary that has passed, soonest first (RULES §2.6): ended holds, ended grants, the end of
-- the grace, ended periods, grants that start. False when stored periods do not reach to now: the caller stores more.
create or replace function ledger_settle(p_account bigint, p_now timestamptz) returns boolean language plpgsql as $$
declare
  v_grace interval := ledger_grace(p_account);
  v_hold timestamptz; v_end timestamptz; v_kept timestamptz; v_period timestamptz; v_start timestamptz;
  v_due timestamptz; v_at timestamptz; v_complete boolean := true; r record;
begin
  perform ledger_fold(p_account);
  loop
    select min(expires_at) into v_hold from refill_hold where account_id = p_account and state = 'open';
    select min(ends_at) into v_end from refill_grant where account_id = p_account and is_open;
    select min(ends_at) + v_grace into v_kept from refill_grant where account_id = p_account and held > 0;
    select ends_at into v_period from refill_period where account_id = p_account and state = 'current';
    select min(starts_at) into v_start from refill_grant where account_id = p_account and not started;
    v_due := least(v_hold, v_end, v_kept, v_period, v_start);
    exit when v_due is null or v_due > p_now;
    select greatest(v_due, entry_at) into v_at from refill_balance where account_id = p_account;
    if v_hold = v_due then
      for r in select id from refill_hold where account_id = p_account and state = 'open' and expires_at = v_due order by id loop
        perform ledger_drop_hold(p_account, r.id, v_at, 'expired', 'the hold ran out');
      end loop;
    elsif v_end = v_due then
      for r in select id from refill_grant where account_id = p_account and is_open and ends_at = v_due order by rank, id loop
        perform ledger_expire(r.id, v_at, null, null);
      end loop;
    elsif v_kept = v_due then
      perform ledger_end_grace(p_account, v_due - v_grace, v_at);
    elsif v_period = v_due then
      v_complete := ledger_turn(p_account, v_at, p_now);
      exit when not v_complete;
      v_grace := ledger_grace(p_account); -- the period that has begun may have other policies
    else
      for r in select id, ends_at from refill_grant
                where account_id = p_account and not started and starts_at = v_due order by id loop
        perform ledger_start(r.id, v_at);
      end loop;
    end if;
  end loop;
  update refill_balance set next_due_at = v_due where account_id = p_account;
  perform ledger_head(p_account);
  return v_complete;
end $$;

-- Held credits whose grant ended longer ago than the grace go back to it, and expire with it.
create or replace function ledger_end_grace(p_account bigint, p_ended_at timestamptz, p_at timestamptz) returns void
language plpgsql as $$
declare r record; t refill_entry;
begin
  for r in select p.* from refill_holdpart p join refill_grant g on g.id = p.grant_id
            where p.account_id = p_account and p.credits > 0 and g.held > 0 and g.ends_at = p_ended_at
            order by p.hold_id, p.seq loop
    t := null; t.account_id := p_account; t.at := p_at; t.kind := 'release'; t.held := -r.credits; t.hold_id := r.hold_id;
    t.reason := 'the grace after the end of its grant ran out';
    perform ledger_return(r.grant_id, r.credits, t);
    update refill_holdpart set credits = 0 where account_id = p_account and hold_id = r.hold_id and grant_id = r.grant_id;
    update refill_hold set state = case when captured > 0 then 'captured' else 'expired' end, ended_at = p_at
     where account_id = p_account and id = r.hold_id
      and state = 'open' and not exists (select 1 from refill_holdpart p where p.account_id = p_account
                                           and p.hold_id = r.hold_id and p.credits > 0);
  end loop;
end $$;
