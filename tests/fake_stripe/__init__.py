"""A Stripe of our own: what its documentation says it does, over HTTP on loopback, with faults by script."""

from tests.fake_stripe.server import FakeStripe

__all__ = ["FakeStripe"]
