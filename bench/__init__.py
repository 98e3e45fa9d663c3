"""What `refill bench` measures: the product against the least that the machine can do."""
