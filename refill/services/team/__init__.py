"""Who belongs to an account: members, invitations, ownership, seats, requests."""
