"""The command line: what starts, stops and tends the product."""
