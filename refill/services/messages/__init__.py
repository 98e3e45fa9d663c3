"""Texts and broadcasts: accepted, held, handed to the carrier, answered, received."""
