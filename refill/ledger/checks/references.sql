-- What entries point to is there, of the right kind, and never undone beyond what it was. Each key once.
with pointing as (
  select account_id, seq, kind, credits, grant_id, first_seq, corrects_seq from refill_entry
   where account_id between %(low)s and %(high)s and (first_seq is not null or corrects_seq is not null)
)
select p.account_id, 'entry ' || p.seq as subject, 'first_seq names the first entry of its movement' as what,
       'a ' || p.kind || ' before it' as expected,
       coalesce(f.kind || ' ' || f.seq, 'nothing at ' || p.first_seq) as found
  from pointing p left join refill_entry f on f.account_id = p.account_id and f.seq = p.first_seq
 where p.first_seq is not null
   and (f.seq is null or f.seq >= p.seq or f.kind <> p.kind or f.first_seq is not null)
union all
select p.account_id, 'entry ' || p.seq, 'corrects_seq names what it corrects',
       case when p.kind = 'reverse' then 'an earlier spend or capture of grant ' || p.grant_id
            when p.credits > 0 then 'an earlier revoke of grant ' || p.grant_id
                   else 'an earlier reverse or release of grant ' || p.grant_id end,
       coalesce(f.kind || ' ' || f.seq || ' of grant ' || f.grant_id, 'nothing at ' || p.corrects_seq)
  from pointing p left join refill_entry f on f.account_id = p.account_id and f.seq = p.corrects_seq
 where p.corrects_seq is not null
   and (f.seq is null or f.seq >= p.seq or f.grant_id is distinct from p.grant_id
        or not case when p.kind = 'reverse' then f.kind in ('spend', 'capture')
                    when p.kind = 'revoke' and p.credits > 0 then f.kind = 'revoke' and f.credits < 0
                    else p.kind in ('expire', 'revoke') and (f.kind in ('reverse', 'release') or f.kind = 'revoke' and f.credits > 0) end)
union all
select r.account_id, 'entry ' || r.corrects_seq, 'reversals never exceed what was taken',
       'at most ' || -(f.credits + coalesce(f.held, 0)), r.credits::text
  from (select account_id, corrects_seq, sum(credits) as credits from pointing where kind = 'reverse'
         group by account_id, corrects_seq) r
  join refill_entry f on f.account_id = r.account_id and f.seq = r.corrects_seq
 where r.credits > -(f.credits + coalesce(f.held, 0))
union all
select g.account_id, 'grant ' || g.id, 'a grant''s period and subscription are of its account',
       'none, or its own', concat_ws(', ', 'period ' || g.period_id, 'subscription ' || g.subscription_id)
  from refill_grant g
  left join refill_period p on p.account_id = g.account_id and p.id = g.period_id
  left join refill_subscription s on s.account_id = g.account_id and s.id = g.subscription_id
 where g.account_id between %(low)s and %(high)s
   and (g.period_id is not null and p.id is null or g.subscription_id is not null and s.id is null)
union all
select account_id, 'key ' || key, 'a key is used once', '1', count(*)::text from refill_entry
 where account_id between %(low)s and %(high)s and key is not null
 group by account_id, key having count(*) > 1
