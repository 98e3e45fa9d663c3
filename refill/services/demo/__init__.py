"""The demo: three invented customers with a year behind them, played by the product's own services on test clocks."""

from refill.services.demo.cast import CAST, OPERATORS, Customer, Operator, Person
from refill.services.demo.loading import hire, load

__all__ = ["CAST", "OPERATORS", "Customer", "Operator", "Person", "hire", "load"]
