-- Entries and blocks are never changed or deleted, by anyone (RULES §2.10).
create or replace function ledger_refuse() returns trigger language plpgsql as $$
begin
  raise exception '% of % is refused: the ledger is append-only; correct it with a new entry', tg_op, tg_table_name
    using errcode = 'insufficient_privilege';
end $$;
create or replace trigger refill_entry_immutable before update or delete on refill_entry
  for each row execute function ledger_refuse();
create or replace trigger refill_entry_no_truncate before truncate on refill_entry
  for each statement execute function ledger_refuse();
create or replace trigger refill_block_immutable before update or delete on refill_block
  for each row execute function ledger_refuse();
create or replace trigger refill_audit_immutable before update or delete on refill_auditrow
  for each row execute function ledger_refuse();

-- A balance adds up, and nothing in it is below zero. A trigger and no CHECK: PostgreSQL reads a CHECK's text anew for every
-- statement, which for these terms was a sixth of a spend. An ordinary spend moves what is left of the head and of all by
-- the same, and both are of the domain credits_left: the trigger is for whatever writes more. It comes after the row:
-- before it, PostgreSQL would lock the row for the trigger, and log that, also where the trigger is not meant.
create or replace function ledger_balance_adds_up() returns trigger language plpgsql as $$
begin
  if least(new.allowance_left, new.promotion_left, new.adjustment_left, new.purchased_left, new.held, new.owed,
           new.head_whole - new.head_left) < 0
     or new.available <> new.allowance_left + new.promotion_left + new.adjustment_left + new.purchased_left
                         - (new.head_whole - new.head_left) then
    raise exception 'the balance of account % does not add up', new.account_id
      using errcode = 'check_violation', constraint = 'balance_adds_up', table = 'refill_balance';
  end if;
  return new;
end $$;
create or replace trigger balance_adds_up
  after insert or update of allowance_left, promotion_left, adjustment_left, purchased_left, held, owed, head_whole
  on refill_balance for each row execute function ledger_balance_adds_up();
