"""The API door: translates, never decides."""
