-- Numbers of a series run from 1 without gaps (RULES §9.5): invoices in theirs, credit notes in theirs.
select null::bigint as account_id, 'series ' || s.name as subject, 'invoice numbers are gapless' as what,
       '1 to ' || s.last as expected,
       coalesce(count(d.number) || ' from ' || min(d.number) || ' to ' || max(d.number), 'none') as found
  from refill_invoiceseries s
  left join (select series_id, number from refill_invoice union all select series_id, number from refill_creditnote) d
    on d.series_id = s.name
 group by s.name, s.last
having count(d.number) <> s.last or coalesce(min(d.number), 1) <> 1 or coalesce(max(d.number), 0) <> s.last
