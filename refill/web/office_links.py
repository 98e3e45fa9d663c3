"""The office's own navigation: its links, and pages that belong to another's link. New queues add their line here."""

from __future__ import annotations

OFFICE_LINKS = (
    ("office", "Today"),
    ("office_help", "Help desk"),
)
OFFICE_UNDER: dict[str, str] = {"office_thread": "office_help"}
