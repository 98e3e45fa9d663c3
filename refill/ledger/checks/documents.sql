-- Final documents say what they said when they were made; what was given back is covered by credit notes (RULES §9.5).
with invoices as (
  select i.*, o.status as order_status, c.id as charge_id, c.refund_due_minor, c.refunded_minor, c.disputed_minor,
         coalesce(n.total, 0) as credited, coalesce(n.tax, 0) as credited_tax,
         coalesce(r.total, 0) as refunds, coalesce(r.notes, 0) as refund_notes,
         coalesce(d.total, 0) as disputes, coalesce(d.lost, 0) as lost, coalesce(d.notes, 0) as dispute_notes
    from refill_invoice i
    join refill_order o on o.account_id = i.account_id and o.id = i.order_id
    left join refill_charge c on c.account_id = i.account_id and c.order_id = i.order_id and c.state = 'succeeded'
    left join lateral (select sum(total_minor) as total, sum(tax_minor) as tax from refill_creditnote n
                        where n.account_id = i.account_id and n.invoice_id = i.id) n on true
    left join lateral (select sum(r.amount_minor) as total, sum(x.total_minor) as notes
                         from refill_refund r
                         left join refill_creditnote x on x.account_id = r.account_id and x.id = r.credit_note_id
                          and x.invoice_id = i.id
                        where r.account_id = i.account_id and r.charge_id = c.id) r on true
    left join lateral (select sum(d.amount_minor) filter (where d.state <> 'won') as total,
                              sum(d.amount_minor) filter (where d.state = 'lost') as lost, sum(x.total_minor) as notes
                         from refill_dispute d
                         left join refill_creditnote x on x.account_id = d.account_id and x.id = d.credit_note_id
                          and x.invoice_id = i.id
                        where d.account_id = i.account_id and d.charge_id = c.id) d on true
   where i.account_id between %(low)s and %(high)s
)
select i.account_id, 'invoice ' || i.id as subject, w.what, w.expected, w.found
  from invoices i, lateral (values
    ('an invoice is as it was made', encode(i.hash, 'hex'), encode(document_hash('invoice', i.account_id, i.order_id,
       i.series_id, i.number, i.lines, i.tax_lines, i.subtotal_minor, i.tax_minor, i.total_minor, i.currency, i.buyer,
       i.seller, i.finalized_at), 'hex')),
    ('credit notes are at most the invoice', 'true', (i.credited <= i.total_minor and i.credited_tax <= i.tax_minor)::text),
    ('credit notes = refunds and lost disputes', i.credited::text, (i.refunds + i.lost)::text),
    ('a refund has its credit note', i.refunds::text, i.refund_notes::text),
    ('a lost dispute has its credit note', i.lost::text, i.dispute_notes::text),
    ('refunded = its refunds', case when i.order_status = 'succeeded' then i.refunds
       else coalesce(i.refund_due_minor, 0) end::text, coalesce(i.refund_due_minor, 0)::text),
    ('disputed = its disputes', i.disputes::text, coalesce(i.disputed_minor, 0)::text)
  ) w (what, expected, found)
 where w.expected is distinct from w.found
union all
select n.account_id, 'credit note ' || n.id, w.what, w.expected, w.found
  from refill_creditnote n
  join refill_invoice i on i.account_id = n.account_id and i.id = n.invoice_id
  cross join lateral (values
    ('a credit note is as it was made', encode(n.hash, 'hex'), encode(credit_note_hash(n), 'hex')),
    ('a credit note''s currency', i.currency, n.currency),
    ('a credit note adds up', n.total_minor::text, (coalesce((select sum((l ->> 'amount_minor')::bigint)
       from jsonb_array_elements(n.lines) l), 0) + coalesce((select sum((l ->> 'added_minor')::bigint)
       from jsonb_array_elements(n.tax_lines) l), 0))::text),
    ('a credit note''s tax = its lines', n.tax_minor::text, coalesce((select sum((l ->> 'amount_minor')::bigint)
       from jsonb_array_elements(n.tax_lines) l), 0)::text)
  ) w (what, expected, found)
 where n.account_id between %(low)s and %(high)s and w.expected is distinct from w.found
