"""The worker: one loop over what is due."""
