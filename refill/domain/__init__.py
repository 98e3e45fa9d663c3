"""Pure rules: standard library only, no clocks, no I/O."""
