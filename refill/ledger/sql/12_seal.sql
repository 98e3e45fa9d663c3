-- Seal entries in blocks: each hash covers the block's entries and the hash of the block before.
create or replace function ledger_hash(p_account bigint, p_first bigint, p_last bigint, p_previous bytea) returns bytea
language sql stable as $$
  select sha256(p_previous || convert_to(coalesce(string_agg(row(
      e.account_id, e.seq, (extract(epoch from e.at) * 1000000)::bigint, e.kind, e.credits, e.balance_after, e.held, e.owed,
      e.grant_id, e.first_seq, e.corrects_seq, e.hold_id, e.key, e.fingerprint, e.usage_kind, e.reference, e.member_id,
      e.inbox_id, e.number_id, e.message_id, e.parts, e.metadata, e.reason, e.actor)::text,
      E'\n' order by e.seq), ''), 'UTF8'))
    from refill_entry e where e.account_id = p_account and e.seq between p_first and p_last
$$;

-- Entries never change, so they are hashed without a lock; the hot rows are touched once, at the end. Accounts take turns,
-- from the one after the last block's on: those that are never quiet do not keep others from being sealed.
create or replace function ledger_seal(p_accounts int) returns bigint
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  r record; v_id bigint; v_after bigint; v_before bigint; v_previous bytea; v_hash bytea; v_sealed bigint := 0; v_last bigint;
begin
  perform pg_advisory_xact_lock(hashtext('refill.ledger.seal'));
  select id, hash, account_id into v_id, v_previous, v_after from refill_block order by id desc limit 1;
  v_id := coalesce(v_id, 0); v_before := v_id; v_previous := coalesce(v_previous, ''::bytea);
  for r in select account_id, seq, sealed_seq from refill_balance where seq > sealed_seq
            order by account_id <= v_after, account_id limit p_accounts loop
    v_id := v_id + 1;
    v_last := least(r.seq, r.sealed_seq + 100000);
    v_hash := ledger_hash(r.account_id, r.sealed_seq + 1, v_last, v_previous);
    insert into refill_block (id, account_id, first_seq, last_seq, previous_hash, hash, sealed_at)
      values (v_id, r.account_id, r.sealed_seq + 1, v_last, v_previous, v_hash, clock_timestamp());
    v_previous := v_hash; v_sealed := v_sealed + v_last - r.sealed_seq;
  end loop;
  update refill_balance b set sealed_seq = k.last_seq from refill_block k where k.id > v_before and k.account_id = b.account_id;
  return v_sealed;
end $$;
