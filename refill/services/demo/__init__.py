"""The demo: three invented customers with a year behind them, played by the product's own services on test clocks."""

from refill.services.demo.cast import CAST, Customer, Person
from refill.services.demo.loading import load

__all__ = ["CAST", "Customer", "Person", "load"]
