"""Reads for the doors: frozen records, nothing is written."""
