-- Quote = order = charge = invoice, to the minor unit; what was bought is there because it was paid, and the reverse.
with orders as (
  select o.*, q.due_now_minor, q.currency as quoted_currency, q.plan as quoted_plan, q.kind as quoted_kind,
         (q.offer ->> 'due_now_minor')::bigint as shown_minor,
         i.id as invoice_id, i.total_minor, i.tax_minor as invoiced_tax, i.status as invoice_status,
         i.currency as invoiced_currency, i.lines as invoice_lines, i.tax_lines as invoice_tax_lines,
         c.succeeded, c.undecided, c.refund_due,
         coalesce((select sum((r ->> 1)::bigint) from jsonb_array_elements(o.credited_from) r), 0) as credited_minor,
         (select sum(n.total_minor) from refill_creditnote n where n.account_id = o.account_id and n.invoice_id = i.id) as credited,
         exists (select 1 from refill_order x where x.account_id = o.account_id and x.status = 'succeeded'
                    and (x.plan ->> 'overdue')::bigint = o.id) as paid_by_another
    from refill_order o
    left join refill_quote q on q.account_id = o.account_id and q.id = o.quote_id
    left join refill_invoice i on i.order_id = o.id
    left join (select order_id, count(*) filter (where state = 'succeeded') as succeeded,
                      count(*) filter (where state in ('created', 'sent', 'needs_action', 'unknown')) as undecided,
                      sum(refund_due_minor) as refund_due
                 from refill_charge where account_id between %(low)s and %(high)s group by order_id) c on c.order_id = o.id
   where o.account_id between %(low)s and %(high)s
)
select o.account_id, 'order ' || o.id as subject, w.what, w.expected, w.found
  from orders o, lateral (values
    ('amount = quoted', coalesce(o.due_now_minor, o.amount_minor)::text, o.amount_minor::text),
    ('amount = shown in the quote', coalesce(o.shown_minor, o.amount_minor)::text, o.amount_minor::text),
    ('currency = quoted', coalesce(o.quoted_currency, o.currency), o.currency),
    ('kind and effect = quoted', 'true', coalesce(o.quoted_kind = o.kind and o.quoted_plan = o.plan, true)::text),
    ('lines and tax add up', o.amount_minor::text, (coalesce((select sum((l ->> 'amount_minor')::bigint)
       from jsonb_array_elements(o.lines) l), 0) + coalesce((select sum((l ->> 'added_minor')::bigint)
       from jsonb_array_elements(o.tax_lines) l), 0))::text),
    ('tax = its lines', o.tax_minor::text, coalesce((select sum((l ->> 'amount_minor')::bigint)
       from jsonb_array_elements(o.tax_lines) l), 0)::text),
    -- What is overdue is credited and paid by the same order; changes made long ago did not say what they credit.
    ('credited = whose money it was', case
       when o.plan ->> 'overdue' is not null or (o.plan ->> 'do' = 'start' and o.plan -> 'credited' is null) then o.credited_minor
       when o.status <> 'succeeded' then 0
       else coalesce((select sum(c.minor::bigint) from jsonb_each_text(o.plan -> 'credited') c (what, minor)), 0) end::text,
     o.credited_minor::text),
    ('invoiced lines = ordered', 'true', coalesce(o.invoice_lines = o.lines and o.invoice_tax_lines = o.tax_lines, true)::text),
    ('invoiced = amount', coalesce(o.total_minor, o.amount_minor)::text, o.amount_minor::text),
    ('invoiced tax', coalesce(o.invoiced_tax, o.tax_minor)::text, o.tax_minor::text),
    ('invoiced currency', coalesce(o.invoiced_currency, o.currency), o.currency),
    ('settled charges', case when o.amount_minor > 0 and (o.status = 'refunded' or (o.status = 'succeeded'
       and not o.paid_by_another)) then '1' else '0' end, coalesce(o.succeeded, 0)::text),
    ('undecided charges', case when o.status in ('processing', 'needs_action') then '1' else '0' end,
     coalesce(o.undecided, 0)::text),
    ('refunded in full', case when o.status = 'refunded' then o.amount_minor else coalesce(o.refund_due, 0) end::text,
     coalesce(o.refund_due, 0)::text),
    -- A phone number that the carrier did not give is paid for, and all of it credited.
    ('invoice is paid when the order is', case
       when o.status = 'succeeded' and o.amount_minor > 0 and not o.paid_by_another then 'paid'
       when o.status = 'refunded' and o.credited = o.amount_minor then 'paid' else 'not paid' end,
     case when o.invoice_status = 'paid' and (o.amount_minor > 0 or o.status <> 'succeeded') then 'paid' else 'not paid' end)
  ) w (what, expected, found)
 where w.expected is distinct from w.found
union all
select c.account_id, 'charge ' || c.id, w.what, w.expected, w.found
  from refill_charge c
  join refill_order o on o.account_id = c.account_id and o.id = c.order_id
  left join refill_paymentmethod m on m.account_id = c.account_id and m.id = c.payment_method_id
  left join sandbox_charge s on s.provider_key = c.provider_key
  cross join lateral (values
    ('amount = its order''s', o.amount_minor || ' ' || o.currency, c.amount_minor || ' ' || c.currency),
    ('amount = what the provider took', coalesce(s.amount_minor || ' ' || s.currency, c.amount_minor || ' ' || c.currency),
     c.amount_minor || ' ' || c.currency),
    ('state = the provider''s', case when m.gateway is distinct from 'sandbox' then 'any'
       when c.state not in ('succeeded', 'declined') then 'any'
       when s.state = 'succeeded' then 'succeeded' else 'declined' end,
     case when m.gateway is distinct from 'sandbox' or c.state not in ('succeeded', 'declined') then 'any' else c.state end),
    ('refunded = what the provider gave back', 'true', (s.provider_key is null
       or s.refunded_minor between c.refunded_minor and c.refund_due_minor)::text)
  ) w (what, expected, found)
 where c.account_id between %(low)s and %(high)s and w.expected is distinct from w.found
union all
select coalesce(o.account_id, g.account_id), case when g.id is null then 'order ' || o.id else 'grant ' || g.id end,
       'bought credits = one settled payment',
       coalesce(o.credits || ' credits by order ' || o.id, 'none'), coalesce(g.amount || ' credits', 'none')
  from (select account_id, id, (plan ->> 'credits')::bigint as credits from orders
         where status = 'succeeded' and plan ->> 'do' in ('buy', 'recharge')) o
  full join (select * from refill_grant where account_id between %(low)s and %(high)s and source in ('purchase', 'recharge')) g
    on g.account_id = o.account_id and g.order_id = o.id
 where o.id is null or g.id is null or g.amount <> o.credits
union all
select p.account_id, 'period ' || p.id, 'paid = its renewal is', (o.status = 'succeeded')::text, (p.paid = 'paid')::text
  from refill_period p
  left join orders o on o.account_id = p.account_id and o.period_id = p.id and o.kind = 'renewal'
 where p.account_id between %(low)s and %(high)s and p.paid <> 'free' and coalesce(o.status = 'succeeded', false) <> (p.paid = 'paid')
   and (o.id is not null or exists (select 1 from refill_period b where b.subscription_id = p.subscription_id
                                       and b.index < p.index))
union all
select o.account_id, 'order ' || o.id, 'its effect is in the audit once', '1', count(a.id)::text
  from orders o
  left join refill_auditrow a on a.account_id = o.account_id and a.subject = o.id::text and a.action = 'order.' || (o.plan ->> 'do')
 where o.status = 'succeeded' and not o.paid_by_another
 group by o.account_id, o.id having count(a.id) <> 1
