"""The card provider's webhooks: signature checked on the raw body, stored, answered. What follows is the worker's."""

from __future__ import annotations

import structlog
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from refill.domain.errors import BadSignature
from refill.gateways.cards import card_gateway
from refill.services.money import hearing

log = structlog.get_logger("refill.hooks")
LARGEST_BYTES = 512 * 1024


@csrf_exempt
@require_POST
def cards(request: HttpRequest) -> HttpResponse:
    """200 once it is stored, also for the hundredth copy; 400 for what is not the provider's, 413 for what is too big.

    An answer says nothing of what is known here.
    """
    length = request.headers.get("Content-Length", "")
    if not length.isdecimal() or int(length) > LARGEST_BYTES:
        return HttpResponse("too large\n", status=413, content_type="text/plain")
    try:
        heard = card_gateway().hear(request.body, request.headers.get("Stripe-Signature", ""))
    except BadSignature as refusal:
        log.warning("hook_refused", why=refusal.detail, bytes=len(request.body))
        return HttpResponse("bad signature\n", status=400, content_type="text/plain")
    hearing.keep(heard)
    return HttpResponse("stored\n", content_type="text/plain")
