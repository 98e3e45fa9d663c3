"""What waits for a person: each queue with one safe action for each row."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import structlog
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from refill.domain.errors import Refusal
from refill.domain.records import Actor
from refill.gateways import clock
from refill.queries.office.queues import QUEUES
from refill.services.messages import carrier_events
from refill.services.money import attending
from refill.services.office import queues
from refill.web import formats
from refill.web.access import operator_of
from refill.web.addresses import number_of, row_number
from refill.web.refusals import warn

LOOKED = "looked at in the office"
log = structlog.get_logger("refill.office")


def _charge(key: str, operator: Actor) -> str:
    state = attending.ask_again(charge_id=number_of("chg", key), actor=operator)
    return f"The provider says: {state.replace('_', ' ')}."


def _text(key: str, operator: Actor) -> str:
    queues.ask_carrier(message_id=number_of("msg", key), operator=operator)
    return "The carrier is asked."


def _text_taken(key: str, operator: Actor) -> str:
    queues.settle_text(message_id=number_of("msg", key), is_taken=True, operator=operator)
    return "Kept: the carrier took it, and its credits are used."


def _text_refused(key: str, operator: Actor) -> str:
    queues.settle_text(message_id=number_of("msg", key), is_taken=False, operator=operator)
    return "Kept: the carrier did not take it, and its credits are back."


def _mail(key: str, operator: Actor) -> str:
    queues.mail_again(mail_id=row_number(key), operator=operator)
    return "It is tried again."


def _account(key: str, operator: Actor) -> str:
    queues.try_account(account_id=number_of("acc", key), operator=operator)
    return "It worked: all that was due is done."


def _event(key: str, operator: Actor) -> str:
    attending.close_event(event_id=row_number(key), actor=operator, note=LOOKED)
    return "Kept that you have looked."


def _carrier_event(key: str, operator: Actor) -> str:
    carrier_events.again(event_id=row_number(key), operator=operator)
    return "It is done again in a moment."


def _difference(key: str, operator: Actor) -> str:
    attending.close_difference(difference_id=row_number(key), actor=operator, note=LOOKED)
    return "Kept that you have looked. Found again, it comes up again."


def _webhooks(key: str, operator: Actor) -> str:
    count = queues.deliver_again(endpoint_id=number_of("whe", key), operator=operator)
    return f"Due again: {formats.number(count)}."


def _period(key: str, operator: Actor) -> str:
    queues.looked_at_period(period_id=number_of("per", key), operator=operator)
    return "Kept that you have looked."


ACTIONS: Mapping[str, Callable[[str, Actor], str]] = {
    "charges": _charge, "texts": _text, "mails": _mail, "accounts": _account, "periods": _period,
    "events": _event, "differences": _difference, "webhooks": _webhooks,
    "carrier": _carrier_event, "texts taken": _text_taken, "texts refused": _text_refused,
}  # fmt: skip


@require_safe
def queue(request: HttpRequest, queue: str) -> HttpResponse:
    found = QUEUES.get(queue)
    if found is None:
        raise Http404
    rows = found.read(clock.now())
    return render(request, "office/queue.html", {"queue": found, "code": queue, "rows": rows})


@require_POST
def act(request: HttpRequest, queue: str) -> HttpResponse:
    action = ACTIONS.get(f"{queue} {request.POST.get('word', '')}".strip())
    if queue not in QUEUES or action is None:
        raise Http404
    try:
        messages.success(request, action(request.POST.get("key", ""), operator_of(request)))
    except Refusal as refusal:
        warn(request, refusal)
    except Http404:
        raise
    except Exception as fault:
        # The work of an account that is put off fails again: that is what the queue is for.
        log.exception("queue_action_failed", queue=queue)
        messages.error(request, f"It failed again: {type(fault).__name__}. The log has the whole story.")
    return redirect("office_queue", queue)
