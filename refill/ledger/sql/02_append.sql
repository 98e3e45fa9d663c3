-- Zero or fewer credits would run a movement backwards (RULES §2.1). Doors refuse them; this holds for whoever calls.
create or replace function ledger_refuse_below(p_credits bigint, p_least bigint) returns void language plpgsql as $$
begin
  if p_credits < p_least then
    raise exception '% credits cannot be moved', p_credits using errcode = 'check_violation';
  end if;
end $$;

-- The one place where entries are written outside the hot path: moves the kept totals, numbers the entry, appends it.
create or replace function ledger_append(t refill_entry, p_source text) returns refill_entry language plpgsql as $$
begin
  update refill_balance b set
      seq = b.seq + 1,
      entry_at = t.at,
      available = b.available + t.credits,
      held = b.held + coalesce(t.held, 0),
      owed = b.owed + coalesce(t.owed, 0),
      allowance_left = b.allowance_left + case when p_source = 'allowance' then t.credits else 0 end,
      promotion_left = b.promotion_left + case when p_source = 'promotion' then t.credits else 0 end,
      adjustment_left = b.adjustment_left + case when p_source = 'adjustment' then t.credits else 0 end,
      purchased_left = b.purchased_left + case when p_source in ('purchase', 'recharge') then t.credits else 0 end
    where b.account_id = t.account_id
    returning b.seq, b.available into t.seq, t.balance_after;
  insert into refill_entry select t.*;
  return t;
end $$;

-- The kept totals as they are. In the row those by source are as they were when the head was chosen: ordinary spends write
-- what is left of the head, and of all, and nothing else.
create or replace function ledger_as_it_is(b refill_balance) returns refill_balance language plpgsql immutable as $$
declare v_taken bigint := b.head_whole - b.head_left;
begin
  if v_taken > 0 then
    case b.head_source
      when 'allowance' then b.allowance_left := b.allowance_left - v_taken;
      when 'promotion' then b.promotion_left := b.promotion_left - v_taken;
      when 'adjustment' then b.adjustment_left := b.adjustment_left - v_taken;
      else b.purchased_left := b.purchased_left - v_taken;
    end case;
    b.head_whole := b.head_left;
  end if;
  return b;
end $$;

-- Write what the head has given back to the totals and to its grant. Everything but the ordinary spend works on these.
create or replace function ledger_fold(p_account bigint) returns void language plpgsql as $$
declare b refill_balance;
begin
  select * into b from refill_balance where account_id = p_account;
  if b.head_grant is null then return; end if;
  update refill_grant set spent = spent + remaining - b.head_left, remaining = b.head_left, is_open = b.head_left > 0
    where id = b.head_grant and account_id = p_account;
  b := ledger_as_it_is(b);
  update refill_balance set
      allowance_left = b.allowance_left, promotion_left = b.promotion_left, adjustment_left = b.adjustment_left,
      purchased_left = b.purchased_left, head_grant = null, head_source = null, head_whole = 0, head_left = 0
    where account_id = p_account;
end $$;

-- Choose the head: the first open grant in burn order (RULES §2.2).
create or replace function ledger_head(p_account bigint) returns refill_balance language plpgsql as $$
declare g refill_grant; b refill_balance;
begin
  select * into g from refill_grant where account_id = p_account and is_open order by ends_at, rank, starts_at, id limit 1;
  update refill_balance set head_grant = g.id, head_source = g.source, head_whole = coalesce(g.remaining, 0),
      head_left = coalesce(g.remaining, 0)
    where account_id = p_account returning * into b;
  return b;
end $$;

-- Lock the account, do what is due, and lay the head open for work on grant rows. Callers end with ledger_head.
create or replace function ledger_open(p_account bigint, out b refill_balance, out at timestamptz, out complete boolean)
language plpgsql as $$
begin
  select * into b from refill_balance where account_id = p_account for no key update;
  if not found then raise exception 'no balance for account %', p_account using errcode = 'no_data_found'; end if;
  at := account_now(p_account);
  complete := true;
  if at >= b.next_due_at then
    complete := ledger_settle(p_account, at);
  end if;
  perform ledger_fold(p_account);
  select * into b from refill_balance where account_id = p_account;
end $$;

-- Something new becomes due: never let the kept instant be later than it.
create or replace function ledger_due(p_account bigint, p_at timestamptz) returns void language sql as $$
  update refill_balance set next_due_at = least(next_due_at, p_at) where account_id = p_account and p_at is not null
$$;
