-- A grant is of an account that is there, and its subscription and period are that account's. Asked for all grants of a
-- statement at once: as foreign keys they were a sixth of a renewal, each with a lock on the row it points to.
create or replace function grants_belong() returns trigger language plpgsql as $$
begin
  if exists (
    select from written n
     where (select a.id from refill_account a where a.id = n.account_id) is null
        or (n.subscription_id is not null and (
             select s.id from refill_subscription s where s.account_id = n.account_id and s.id = n.subscription_id) is null)
        or (n.period_id is not null and (
             select p.id from refill_period p where p.account_id = n.account_id and p.id = n.period_id) is null)) then
    raise exception 'a grant points out of its account' using errcode = 'foreign_key_violation', table = 'refill_grant';
  end if;
  return null;
end $$;

create or replace trigger grants_belong after insert on refill_grant
  referencing new table as written for each statement execute function grants_belong();
