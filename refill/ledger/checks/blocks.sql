-- Sealed entries are as they were when sealed, and every sealed stretch follows the one before.
select b.account_id, 'block ' || b.id as subject, w.what, w.expected, w.found
  from (select *, lag(last_seq, 1, 0::bigint) over (partition by account_id order by first_seq) as seq_before
          from refill_block where account_id between %(low)s and %(high)s) b
  cross join lateral (values
    ('sealed entries are unchanged', encode(b.hash, 'hex'),
     encode(ledger_hash(b.account_id, b.first_seq, b.last_seq, b.previous_hash), 'hex')),
    ('blocks are gapless', (b.seq_before + 1)::text, b.first_seq::text)
  ) w (what, expected, found)
 where w.expected is distinct from w.found
union all
select b.account_id, 'balance', 'sealed up to the last block', coalesce(max(k.last_seq), 0)::text, b.sealed_seq::text
  from refill_balance b left join refill_block k on k.account_id = b.account_id
 where b.account_id between %(low)s and %(high)s
 group by b.account_id, b.sealed_seq having coalesce(max(k.last_seq), 0) <> b.sealed_seq
