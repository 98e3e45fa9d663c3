"""Search, an account's life, and why a charge was made."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from refill.domain.calendars import wall_of
from refill.domain.errors import Refusal
from refill.gateways import clock
from refill.queries.office import accounts, charges
from refill.queries.office.life import Month, life
from refill.queries.office.search import search as look_for
from refill.queries.people import names_of
from refill.services import credits
from refill.services.money import attending
from refill.services.office import operators
from refill.web.access import operator_of
from refill.web.addresses import day_of, number_of
from refill.web.billing_forms import WordForm
from refill.web.office_deeds import ORDERS
from refill.web.office_deeds import detail as detail_of
from refill.web.office_deeds import words as words_of
from refill.web.office_words import FAMILIES, by, line
from refill.web.refusals import blame, show_form
from refill.web.wording import STATUS


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    asked = request.GET.get("q", "")[:200]
    return render(request, "office/search.html", {"asked": asked, "hits": look_for(asked) if asked else ()})


@require_safe
def account(request: HttpRequest, account: str) -> HttpResponse:
    """One line of time, a month at once. That an operator looked is told in the account's own history."""
    seen = seen_account(number_of("acc", account))
    operators.looked(operator=operator_of(request), account_id=seen.id)
    balance = credits.balance(account_id=seen.id)
    month = Month(seen.id, seen.zone, _month(request.GET.get("month", ""), wall_of(balance.at, seen.zone).date()))
    families = frozenset(request.GET.getlist("show")) & FAMILIES.keys()
    items = life(month, families)
    names = names_of({item.facts["actor"] for item in items if item.facts.get("actor")})
    return render(
        request,
        "office/account.html",
        {
            "account": seen,
            "status": STATUS.get(seen.status, (seen.status, "")),
            "stands": balance,
            "month": month,
            "is_last": month.later() > wall_of(max(balance.at, clock.now()), seen.zone).date(),
            "is_first": month.starts_at <= seen.created_at,
            "families": FAMILIES,
            "shown": families or FAMILIES.keys(),
            "narrowed": "".join(f"&show={name}" for name in sorted(families)),
            "lines": [line(item, seen.currency, names, seen.zone) for item in items],
            "grants": accounts.open_grants(seen.id),
            "zone": seen.zone,
            "currency": seen.currency,
            "now": balance.at,
        },
    )


@require_safe
def charge(request: HttpRequest, charge: str) -> HttpResponse:
    found = charges.charge(number_of("chg", charge))
    if found is None:
        raise Http404
    actors = {found.cause.actor, found.cause.consent_by, *(row.actor for row, _ in found.deeds)}
    names = names_of(actors)
    return render(
        request,
        "office/charge.html",
        {
            "charge": found,
            "kind": ORDERS.get(found.order_kind, found.order_kind),
            "by": names.get(found.cause.actor, found.cause.actor),
            "consent_by": names.get(found.cause.consent_by, found.cause.consent_by),
            "deeds": [
                (row.at, words_of(row.action), detail_of(facts, found.currency), by(row.actor, names))
                for row, facts in found.deeds
            ],
            "zone": found.zone,
            "currency": found.currency,
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def word(request: HttpRequest, charge: str) -> HttpResponse:
    """What the provider's own dashboard shows of a charge that nobody could decide. It can take no money."""
    number = number_of("chg", charge)
    found = charges.charge(number)
    if found is None:
        raise Http404
    form = WordForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            attending.record_word(charge_id=number, actor=operator_of(request), **form.cleaned_data)
            messages.success(request, "Kept, and all that follows from it is done.")
            return redirect("office_charge", charge)
        except Refusal as refusal:
            blame(form, refusal)
    one = next(each for each in found.tries if each.public_id == charge)
    shown = {"charge": found, "one": one, "form": form, "zone": found.zone, "currency": found.currency}
    return show_form(request, "office/word.html", shown)


def seen_account(number: int) -> accounts.Seen:
    """Return the account that an address names. Raises Http404."""
    found = accounts.account(number)
    if found is None:
        raise Http404
    return found


def _month(text: str, usual: date) -> date:
    """The first day of the month that an address names, or of the usual one."""
    return day_of(f"{text}-01", usual.replace(day=1))
