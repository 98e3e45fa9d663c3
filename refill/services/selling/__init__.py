"""The catalogue, announced prices and policies, as versions."""
