-- Entries stand gapless, in time order, each balance following from the one before, each kind with its own signs.
select c.account_id, 'entry ' || c.seq as subject, w.what, w.expected, w.found
  from (
    select e.*,
           case e.kind
             when 'grant' then credits > 0 and held is null and owed is null
             when 'spend' then credits < 0 and held is null and owed is null
             when 'hold' then credits < 0 and held = -credits and owed is null and hold_id is not null
             when 'release' then credits > 0 and held = -credits and owed is null and hold_id is not null
             when 'capture' then credits = 0 and held < 0 and owed is null and hold_id is not null
             when 'expire' then credits < 0 and held is null and owed is null
             when 'revoke' then (credits < 0 or credits > 0 and corrects_seq is not null) and held is null and owed is null
             when 'reverse' then credits > 0 and held is null and owed is null and corrects_seq is not null
             when 'settle' then credits < 0 and owed = credits and held is null
             when 'owe' then credits = 0 and (owed > 0 or owed < 0 and grant_id is not null) and held is null
             else false
           end and (grant_id is not null or kind = 'owe') as has_right_signs
      from (select account_id, seq, at, kind, credits, balance_after, held, owed, grant_id, hold_id, corrects_seq,
                   lag(seq, 1, 0::bigint) over w as seq_before,
                   lag(balance_after, 1, 0::bigint) over w as balance_before,
                   lag(at, 1, at) over w as at_before
              from refill_entry where account_id between %(low)s and %(high)s
            window w as (partition by account_id order by seq)) e
  ) c, lateral (values
    ('entries are gapless', (c.seq_before + 1)::text, c.seq::text),
    ('balance after follows from the one before', (c.balance_before + c.credits)::text, c.balance_after::text),
    ('balance is never below zero', 'true', (c.balance_after >= 0)::text),
    ('entries are in time order', 'true', (c.at >= c.at_before)::text),
    ('signs fit the kind', 'true', coalesce(c.has_right_signs, false)::text)
  ) w (what, expected, found)
 where (c.seq <> c.seq_before + 1 or c.balance_after <> c.balance_before + c.credits or c.balance_after < 0
        or c.at < c.at_before or c.has_right_signs is not true)
   and w.expected <> w.found
