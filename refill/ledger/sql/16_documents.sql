-- Final documents never change (RULES §9.5): the database hashes each when it is made, and refuses every change but that of
-- an invoice's payment state. The hash covers all that a document says; `refill verify` computes it anew.
create or replace function document_hash(
  p_kind text, p_account bigint, p_about bigint, p_series text, p_number bigint, p_lines jsonb, p_tax_lines jsonb,
  p_subtotal bigint, p_tax bigint, p_total bigint, p_currency text, p_buyer jsonb, p_seller jsonb, p_at timestamptz)
returns bytea language sql immutable as $$
  select sha256(convert_to(jsonb_build_array(p_kind, p_account, p_about, p_series, p_number, p_lines, p_tax_lines,
    p_subtotal, p_tax, p_total, p_currency, p_buyer, p_seller, (extract(epoch from p_at) * 1000000)::bigint)::text, 'UTF8'))
$$;

create or replace function invoice_hash(i refill_invoice) returns bytea language sql immutable as $$
  select document_hash('invoice', i.account_id, i.order_id, i.series_id, i.number, i.lines, i.tax_lines, i.subtotal_minor,
    i.tax_minor, i.total_minor, i.currency, i.buyer, i.seller, i.finalized_at)
$$;
create or replace function credit_note_hash(c refill_creditnote) returns bytea language sql immutable as $$
  select document_hash('credit note: ' || c.reason, c.account_id, c.invoice_id, c.series_id, c.number, c.lines, c.tax_lines,
    c.subtotal_minor, c.tax_minor, c.total_minor, c.currency, c.buyer, c.seller, c.finalized_at)
$$;

create or replace function document_made() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  if tg_table_name = 'refill_invoice' then new.hash := invoice_hash(new); else new.hash := credit_note_hash(new); end if;
  return new;
end $$;

create or replace function document_refuse() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  if tg_op = 'UPDATE' and tg_table_name = 'refill_invoice' then
    -- Paid and void are for ever; open becomes one of them.
    if new.id = old.id and invoice_hash(new) = old.hash and new.hash = old.hash
       and (old.status = 'open' or (new.status, new.paid_at, new.voided_at)
            is not distinct from (old.status, old.paid_at, old.voided_at)) then
      return new;
    end if;
  end if;
  raise exception '% of % is refused: a final document never changes; correct it with a credit note', tg_op, tg_table_name
    using errcode = 'insufficient_privilege';
end $$;

create or replace trigger document_made before insert on refill_invoice for each row execute function document_made();
create or replace trigger document_made before insert on refill_creditnote for each row execute function document_made();
create or replace trigger document_kept before update or delete on refill_invoice
  for each row execute function document_refuse();
create or replace trigger document_kept before update or delete on refill_creditnote
  for each row execute function document_refuse();
create or replace trigger document_no_truncate before truncate on refill_invoice
  for each statement execute function document_refuse();
create or replace trigger document_no_truncate before truncate on refill_creditnote
  for each statement execute function document_refuse();
