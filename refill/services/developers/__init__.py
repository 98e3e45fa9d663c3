"""For whoever calls the API: keys, kept answers, webhooks out, the log of calls."""
