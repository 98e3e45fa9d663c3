"""Refill: plan and billing for a texting product."""

__version__ = "0.1.0"
