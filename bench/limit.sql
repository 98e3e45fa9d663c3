-- The least that a durable spend can be: one UPDATE, one INSERT, in one function. No keys, no grants, no boundaries.
create table m_account (id bigint primary key, balance bigint not null check (balance >= 0));
create table m_entry (id bigint generated always as identity primary key, account_id bigint not null, amount bigint not null,
                      at timestamptz not null);
create function m_spend(p_account bigint, p_amount bigint) returns bigint language plpgsql as $$
declare v_balance bigint;
begin
  update m_account set balance = balance - p_amount where id = p_account returning balance into v_balance;
  insert into m_entry (account_id, amount, at) values (p_account, -p_amount, clock_timestamp());
  return v_balance;
end $$;
insert into m_account select n, 1000000000 from generate_series(1, %(spenders)s) n;
