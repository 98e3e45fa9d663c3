"""All routers under one roof."""

from refill import __version__
from refill.api.calls import ReadBody, RefillApi
from refill.api.routes import (
    accounts,
    broadcasts,
    catalogue,
    documents,
    keys,
    ledger,
    messages,
    money,
    office,
    orders,
    places,
    recharge,
    refunds,
    subscription,
    team,
    webhooks,
)

api = RefillApi(
    title="Refill",
    version=__version__,
    description="Plan and billing for a texting product: credits, periods, charges.",
    parser=ReadBody(),
    urls_namespace="refill-api",
    openapi_url=None,
    docs_url=None,
)
for _router in (
    accounts.router, ledger.router, catalogue.router, orders.router, subscription.router, recharge.router, money.router,
    office.router, messages.router, broadcasts.router, keys.router, webhooks.router, documents.router,
    refunds.router, team.router, places.router,
):  # fmt: skip
    api.add_router("", _router)
