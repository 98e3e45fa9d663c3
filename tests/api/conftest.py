"""Accounts to call the API with."""

import pytest

from tests.api.client import Api, open_account


@pytest.fixture
def operator(platform_key: str) -> Api:
    """The operator's key, in no account."""
    return Api(platform_key)


@pytest.fixture
def account(platform_key: str) -> Api:
    """An account without a plan, with 100 promotion credits."""
    made = open_account(platform_key)
    made.give(100)
    return made


@pytest.fixture
def prices(operator: Api) -> dict[tuple[str, str, int], str]:
    """Prices on offer by plan code, interval and credits."""
    plans = operator.get("/plans").json["data"]
    return {
        (plan["code"], price["interval"], price["credits"]): price["id"] for plan in plans for price in plan["prices"]
    }


@pytest.fixture
def subscriber(platform_key: str, prices: dict[tuple[str, str, int], str]) -> Api:
    """An account that paid for 1,000 credits a month."""
    price = prices["starter", "month", 1000]
    return open_account(platform_key, price=price, payment_method={"sandbox": "visa_ok"})
