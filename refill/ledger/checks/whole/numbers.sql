-- Invoice numbers of a series run from 1 without gaps (RULES §9.5).
select null::bigint as account_id, 'series ' || s.name as subject, 'invoice numbers are gapless' as what,
       '1 to ' || s.last as expected,
       coalesce(count(i.id) || ' from ' || min(i.number) || ' to ' || max(i.number), 'none') as found
  from refill_invoiceseries s left join refill_invoice i on i.series_id = s.name
 group by s.name, s.last
having count(i.id) <> s.last or coalesce(min(i.number), 1) <> 1 or coalesce(max(i.number), 0) <> s.last
