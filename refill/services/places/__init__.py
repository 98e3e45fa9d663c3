"""Inboxes and phone numbers."""
