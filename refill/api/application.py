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
    reading,
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
for _module in (
    accounts,
    ledger,
    catalogue,
    orders,
    subscription,
    recharge,
    money,
    office,
    messages,
    broadcasts,
    keys,
    webhooks,
    documents,
    refunds,
    team,
    places,
    reading,
):
    api.add_router("", _module.router)
