"""The outbox: posted with the deed, said by templates, sent at least once."""
