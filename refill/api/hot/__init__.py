"""The calls that carry every text: plain views, msgspec in and out."""
