"""The office's own navigation: its links, and pages that belong to another's link. New queues add their line here."""

from __future__ import annotations

OFFICE_LINKS = (
    ("office", "Today"),
    ("office_search", "Search"),
    ("office_help", "Help desk"),
    ("office_corrections", "Corrections"),
    ("office_catalogue", "Catalogue"),
    ("office_policy", "Policies"),
    ("office_taxes", "Taxes"),
    ("office_reports", "Reports"),
)
OFFICE_UNDER: dict[str, str] = {
    "office_thread": "office_help",
    "office_queue": "office",
    "office_book": "office",
    "office_safe_mode": "office",
    "office_account": "office_search",
    "office_charge": "office_search",
    "office_word": "office",
    "office_correct": "office_search",
    "office_usages": "office_search",
    "office_usage": "office_search",
}
