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
