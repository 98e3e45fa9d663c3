"""Webhooks in, from card and carrier providers."""
