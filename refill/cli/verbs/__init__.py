"""One file a verb. See refill/cli/main.py for what a verb is made of."""
