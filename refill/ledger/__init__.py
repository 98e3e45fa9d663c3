"""The credit engine: SQL functions, and the thin Python that calls them."""
