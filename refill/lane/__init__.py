"""The fast door for hot calls: what arrived while the last commit ran is applied in one transaction."""
