"""Invoices, credit notes, taxes and whom they are made out to."""
