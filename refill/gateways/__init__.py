"""Everything outside the process."""
