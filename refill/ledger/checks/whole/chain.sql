-- All blocks stand in one chain: each names the hash of the one before.
select k.account_id, 'block ' || k.id as subject, w.what, w.expected, w.found
  from (select *, lag(id, 1, 0::bigint) over w as id_before, lag(hash, 1, ''::bytea) over w as hash_before
          from refill_block window w as (order by id)) k
  cross join lateral (values
    ('blocks are numbered without gaps', (k.id_before + 1)::text, k.id::text),
    ('a block names the hash before it', encode(k.hash_before, 'hex'), encode(k.previous_hash, 'hex'))
  ) w (what, expected, found)
 where w.expected <> w.found
