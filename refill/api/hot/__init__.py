"""The calls that carry every text: plain views, msgspec in and out, found by exact address."""

from collections.abc import Callable
from typing import Any

from refill.api.hot.balance import get_balance
from refill.api.hot.batch import create_usage_batch
from refill.api.hot.holds import create_hold
from refill.api.hot.usage import create_usage

HOT: dict[str, dict[str, Callable[..., Any]]] = {
    "/v1/usage": {"POST": create_usage},
    "/v1/usage/batch": {"POST": create_usage_batch},
    "/v1/holds": {"POST": create_hold},
    "/v1/balance": {"GET": get_balance},
}
