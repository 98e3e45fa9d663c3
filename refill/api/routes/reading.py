"""The statement in three forms, and advice."""

from datetime import timedelta

from django.http import HttpResponse
from ninja import Query, Router

from refill.api.callers import ApiRequest
from refill.api.calls import call
from refill.api.refusals import NotAcceptable
from refill.api.routes.ledger import demand_whole_statement
from refill.api.shapes.advice import Advice, PlanFit, RunwayOut, StepOut
from refill.api.shapes.statements import Between, StatementOut
from refill.domain import advice
from refill.domain.advice import Step
from refill.domain.quotes import Offer
from refill.domain.records import QuoteRequest
from refill.gateways import pdf
from refill.queries import accounts
from refill.queries import advice as found
from refill.queries.advice import Shelf
from refill.queries.pages import fits
from refill.queries.pages.statement_papers import MOST_ROWS, as_csv, as_json, printed, statement
from refill.services import credits
from refill.services.money.previews import preview

router = Router(tags=["Credits"])
DEFAULT_DAYS, MOST_PRINTED = 30, 2_000
JSON, CSV, PDF = "application/json", "text/csv", "application/pdf"


def _wanted(request: ApiRequest) -> str:
    """The media type that the caller prefers among ours. Raises NotAcceptable."""
    if not request.headers.get("Accept"):
        return JSON
    wanted = request.get_preferred_type([JSON, CSV, PDF])
    if wanted is None:
        raise NotAcceptable("A statement comes as application/json, text/csv or application/pdf.", param="Accept")
    return wanted


@call(
    router, "GET", "/statement", "get_statement", gives=StatementOut, refuses=(406,), also=(CSV, PDF)
)  # fmt: skip
def get_statement(request: ApiRequest, asked: Query[Between]) -> HttpResponse:
    """Opening balance, every movement, closing balance: as JSON, CSV or PDF by `Accept`, with the same totals.

    `from` and `to` are instants, or days of the account's time zone, the last one included. At most 50,000 movements,
    and 2,000 on paper.
    """
    demand_whole_statement(request)
    kind, account_id = _wanted(request), request.caller.account
    now = credits.balance(account_id=account_id).at
    starts_at, ends_at = asked.instants(accounts.get(account_id).timezone)
    ends_at = ends_at or now + timedelta(microseconds=1)
    starts_at = starts_at or ends_at - timedelta(days=DEFAULT_DAYS)
    row = statement(account_id, starts_at, ends_at, most=MOST_PRINTED if kind == PDF else MOST_ROWS)
    if kind == JSON:
        # The form of StatementOut, written row by row: fifty thousand models at once would be too many.
        return HttpResponse("".join(as_json(row)).encode(), content_type=JSON)
    body = "".join(as_csv(row)).encode() if kind == CSV else pdf.make("statement", printed(row), row.ends_at)
    response = HttpResponse(body, content_type="text/csv; charset=utf-8" if kind == CSV else PDF)
    name = f"refill-statement-{starts_at.date()}-{ends_at.date()}.{'csv' if kind == CSV else 'pdf'}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@call(router, "GET", "/advice", "get_advice", gives=Advice)
def get_advice(request: ApiRequest) -> Advice:
    """How long the credits last, the best next step at this balance, and the plan that fits: each worked out."""
    account_id = request.caller.account
    balance = credits.balance(account_id=account_id)
    week, offered = found.used_in_week(account_id, balance.at), found.shelf(account_id)
    lasts = advice.runway(available=balance.available, used_in_week=week, now=balance.at, resets_at=balance.resets_at)
    short, working = advice.shortage(
        available=balance.available, used_in_week=week, now=balance.at, resets_at=balance.resets_at
    )
    step = advice.next_step(short, _ways(account_id, short, offered)) if short else None
    fit = found.fit(account_id, balance.at, offered)
    return Advice(
        runway=RunwayOut.of(balance.available, lasts),
        next_step=StepOut.of(step, short, working, offered.currency),
        plan_fit=PlanFit.of(fit, offered.currency) if fit else None,
    )


def _ways(account_id: int, short: int, offered: Shelf) -> list[Step]:
    """Packs and dearer plans that give credits now, priced as a quote would price them."""
    pack = fits.pack_for(offered.packs, short)
    sizes = {pack[0].id: pack} if pack else {}
    sizes |= {one.id: (one, -(-short // one.credits)) for one in offered.packs}
    packs = [QuoteRequest(kind="buy_credits", pack_id=one.id, quantity=min(count, 10_000))
             for one, count in sizes.values()]  # fmt: skip
    plans = [QuoteRequest(kind="change_plan", price_id=price.id) for price in offered.prices
             if offered.current is None or price.id != offered.current.id]  # fmt: skip
    ways = []
    for request, offer in zip(packs + plans, preview(account_id=account_id, requests=packs + plans), strict=True):
        if isinstance(offer, Offer) and offer.effect.get("do") != "schedule" and offer.after > offer.before:
            gains, words = offer.after - offer.before, f"{offer.title}: {offer.after - offer.before:,} credits now"
            number, many = request.pack_id or request.price_id or 0, request.quantity
            do = request.kind
            if do == "buy_credits" or do == "change_plan":
                ways.append(Step(do, number, many, gains, offer.due_now_minor, words))
    return ways
