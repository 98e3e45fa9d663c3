"""What the worker does: what is due for an account, and moving test clocks through it."""
