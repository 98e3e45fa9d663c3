-- Seal entries in blocks: each hash covers the block's entries and the hash of the block before (RELIABILITY).
create or replace function ledger_hash(p_account bigint, p_first bigint, p_last bigint, p_previous bytea) returns bytea
language sql stable as $$
  select sha256(p_previous || convert_to(coalesce(string_agg(concat_ws('|', e.account_id, e.seq,
      (extract(epoch from e.at) * 1000000)::bigint, e.kind, e.credits, e.balance_after, coalesce(e.held, 0), coalesce(e.owed, 0),
      coalesce(e.grant_id, 0), coalesce(e.first_seq, 0), coalesce(e.corrects_seq, 0), coalesce(e.hold_id, 0),
      coalesce(e.message_id, 0), coalesce(e.key, ''), coalesce(e.reason, ''), coalesce(e.actor, '')),
      E'\n' order by e.seq), ''), 'UTF8'))
    from refill_entry e where e.account_id = p_account and e.seq between p_first and p_last
$$;

create or replace function ledger_seal(p_accounts int) returns bigint
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare r record; v_id bigint; v_previous bytea; v_hash bytea; v_sealed bigint := 0;
begin
  perform pg_advisory_xact_lock(hashtext('refill.ledger.seal'));
  select id, hash into v_id, v_previous from refill_block order by id desc limit 1;
  for r in select account_id, seq, sealed_seq from refill_balance where seq > sealed_seq
            order by account_id limit p_accounts for no key update skip locked loop
    v_id := coalesce(v_id, 0) + 1;
    v_hash := ledger_hash(r.account_id, r.sealed_seq + 1, r.seq, coalesce(v_previous, ''::bytea));
    insert into refill_block (id, account_id, first_seq, last_seq, previous_hash, hash, sealed_at)
      values (v_id, r.account_id, r.sealed_seq + 1, r.seq, coalesce(v_previous, ''::bytea), v_hash, clock_timestamp());
    update refill_balance set sealed_seq = r.seq where account_id = r.account_id;
    v_previous := v_hash; v_sealed := v_sealed + r.seq - r.sealed_seq;
  end loop;
  return v_sealed;
end $$;
