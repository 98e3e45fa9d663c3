"""The demo's panel: let the account's time pass, and send many texts. Where there is no demo, there is no such page."""

from __future__ import annotations

from typing import cast, get_args

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from refill.domain.errors import Refusal
from refill.queries.pages.visits import Place
from refill.services.demo import driving
from refill.web import formats
from refill.web.access import place_of

BURST = 50


def _of_the_demo(request: HttpRequest) -> tuple[Place, int]:
    """The account and its test clock."""
    place = place_of(request)
    if not settings.DEMO or place.clock_id is None:
        raise Http404
    return place, place.clock_id


def _back(request: HttpRequest) -> HttpResponse:
    """To the page that the panel stood on."""
    here = request.POST.get("here", "")
    is_ours = here.startswith("/") and url_has_allowed_host_and_scheme(here, allowed_hosts=None)
    return redirect(here if is_ours else "billing")


@require_POST
def move_clock(request: HttpRequest) -> HttpResponse:
    place, clock_id = _of_the_demo(request)
    step = request.POST.get("step")
    if step not in get_args(driving.Step):
        raise Http404
    try:
        now = driving.move_on(account_id=place.account_id, clock_id=clock_id, step=cast(driving.Step, step))
    except Refusal as refusal:
        messages.warning(request, refusal.detail)
    else:
        messages.info(request, f"Here it is {formats.moment(now, place.zone)} now.")
    return _back(request)


@require_POST
def send_texts(request: HttpRequest) -> HttpResponse:
    place, _ = _of_the_demo(request)
    count = None if request.POST.get("until") == "dry" else BURST
    try:
        sent, refused = driving.send_texts(account_id=place.account_id, count=count)
    except Refusal as refusal:
        messages.warning(request, refusal.detail)
        return _back(request)
    said = f"{formats.number(sent)} {'text' if sent == 1 else 'texts'} went out"
    if refused:
        messages.warning(request, f"{said}, {formats.number(refused)} were refused: there are no credits for them.")
    else:
        messages.success(request, f"{said}.")
    return _back(request)
