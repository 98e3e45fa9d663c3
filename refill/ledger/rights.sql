-- What the role of web, worker and lane may not do: the credit tables are written by the ledger's functions alone
-- (they run as their owner), entries and audit rows are never changed. Run by `refill migrate` after its grants.
revoke insert, update, delete, truncate on
  refill_balance, refill_grant, refill_entry, refill_hold, refill_holdpart, refill_block from refill_app;
revoke update, delete, truncate on refill_auditrow from refill_app;
grant update (handled_at) on refill_crossing to refill_app;
revoke execute on all functions in schema public from public;
revoke execute on all functions in schema public from refill_app;
grant execute on function
  account_now, account_policy, clock_instant, credit_note_hash, document_hash, invoice_hash, ledger_as_it_is, ledger_balance,
  ledger_cancel, ledger_capture, ledger_capture_texts, ledger_catch_up, ledger_close, ledger_create, ledger_dispute,
  ledger_end_allowance, ledger_enter, ledger_grant, ledger_hash, ledger_hold, ledger_hold_texts,
  ledger_keep_purchased, ledger_owe, ledger_period, ledger_release, ledger_release_texts, ledger_renew_many,
  ledger_restore, ledger_reverse, ledger_revoke, ledger_seal, ledger_spend, ledger_spend_batch, ledger_spend_together,
  ledger_undispute, ledger_watch
  to refill_app;
