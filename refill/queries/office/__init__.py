"""What the operator's office reads: over all accounts, and the whole life of one."""
