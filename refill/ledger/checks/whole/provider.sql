-- What the sandbox provider took, somebody here asked for, and it counts (RULES §9.1).
select c.account_id, 'provider''s charge ' || s.provider_key as subject, 'money taken is money recorded' as what,
       s.amount_minor || ' ' || s.currency || ' ' || s.state as expected,
       coalesce(c.amount_minor || ' ' || c.currency || ' ' || c.state, 'no charge') as found
  from sandbox_charge s left join refill_charge c on c.provider_key = s.provider_key
 where c.id is null or (s.state = 'succeeded' and c.state = 'declined')
