"""What is on offer."""

from ninja import Router

from refill.api.callers import ApiRequest
from refill.api.calls import call
from refill.api.shapes.catalogue import Pack, PackIn, Plan, PlanIn, Price, PriceIn
from refill.api.shapes.parts import Listed, number_of
from refill.queries import catalogue as found
from refill.services.selling import catalogue

router = Router(tags=["Catalogue"])


@call(router, "GET", "/plans", "list_plans", gives=Listed[Plan])
def list_plans(request: ApiRequest) -> Listed[Plan]:
    """All plans on offer, the lowest rank first."""
    return Listed[Plan](data=[Plan.of(row) for row in found.plans(livemode=request.caller.livemode)])


@call(router, "GET", "/packs", "list_packs", gives=Listed[Pack])
def list_packs(request: ApiRequest) -> Listed[Pack]:
    """All packs on offer, the smallest first."""
    return Listed[Pack](data=[Pack.of(row) for row in found.packs(livemode=request.caller.livemode)])


@call(router, "POST", "/plans", "create_plan", gives=Plan, status=201, refuses=(409,))
def create_plan(request: ApiRequest, wanted: PlanIn) -> Plan:
    """Add a plan with its prices. It belongs to the mode of the key that makes it."""
    caller = request.caller
    made = catalogue.add_plan(
        actor=caller.actor, name=wanted.name, rank=wanted.rank, features=wanted.features, limits=wanted.limits,
        livemode=caller.livemode, code=wanted.code,
        prices=[(price.interval, price.credits, price.price.amount, price.price.currency) for price in wanted.prices],
    )  # fmt: skip
    return Plan.of(found.plan(made, livemode=caller.livemode))


@call(router, "POST", "/plans/{plan_id}/prices", "create_price", gives=Price, status=201)
def create_price(request: ApiRequest, plan_id: str, wanted: PriceIn) -> Price:
    """Add a price to a plan. Adding one withdraws nothing."""
    caller = request.caller
    made = catalogue.add_price(
        actor=caller.actor, plan_id=number_of("plan", plan_id), interval=wanted.interval, credits=wanted.credits,
        amount_minor=wanted.price.amount, currency=wanted.price.currency, livemode=caller.livemode,
    )  # fmt: skip
    return Price.of(found.price(made))


@call(router, "POST", "/packs", "create_pack", gives=Pack, status=201)
def create_pack(request: ApiRequest, wanted: PackIn) -> Pack:
    """Add a pack of credits to buy."""
    made = catalogue.add_pack(
        actor=request.caller.actor, credits=wanted.credits, amount_minor=wanted.price.amount,
        currency=wanted.price.currency, livemode=request.caller.livemode,
    )  # fmt: skip
    return Pack.of(found.pack(made))
