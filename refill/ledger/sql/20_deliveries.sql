-- Each event becomes a delivery for each endpoint that asked for it, whoever wrote the event and however many at once.
-- A test event may name the one endpoint that it is for.
create or replace function deliver_events() returns trigger language plpgsql as $$
begin
  insert into refill_delivery (account_id, endpoint_id, event_id, state, tries, created_at, due_at, fence)
  select n.account_id, w.id, n.id, 'pending', 0, statement_timestamp(), statement_timestamp(), 0
    from written n
    join refill_webhookendpoint w on w.account_id = n.account_id and w.state = 'enabled'
   where (w.kinds ? '*' or w.kinds ? n.kind or w.kinds ? (split_part(n.kind, '.', 1) || '.*')
          or n.data -> 'test' = 'true')
     and (n.data -> 'endpoint' is null or n.data -> 'test' is distinct from 'true' or n.data ->> 'endpoint' = w.id::text);
  if found then
    perform pg_notify('refill_deliveries', '');
  end if;
  return null;
end $$;

create or replace trigger deliver_events after insert on refill_event
  referencing new table as written for each statement execute function deliver_events();
