"""The carrier's webhooks: what became of a text, and texts that come in. Signed, stored, answered."""

from __future__ import annotations

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from refill.gateways.carriers import settings_carrier
from refill.services.messages import carrier_events

log = structlog.get_logger("refill.hooks")
LARGEST_BYTES = 256 * 1024
# An answer without instructions: the carrier replies nothing.
_NOTHING = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'


@csrf_exempt
@require_POST
def carrier(request: HttpRequest) -> HttpResponse:
    """200 once it is stored, also for the hundredth copy; 403 for what the carrier did not sign, 413 for too much.

    The address is that which the carrier was given: our own, whatever a proxy made of the request.
    """
    length = request.headers.get("Content-Length", "")
    if not length.isdecimal() or int(length) > LARGEST_BYTES:
        return HttpResponse("too large\n", status=413, content_type="text/plain")
    url = f"{settings.BASE_URL}{request.get_full_path()}"
    fields = {name: str(value) for name, value in request.POST.items()}
    ours = settings_carrier()
    if not ours.is_genuine(url, fields, request.headers.get("X-Twilio-Signature", "")):
        log.warning("hook_refused", carrier=ours.name, bytes=int(length))
        return HttpResponse("bad signature\n", status=403, content_type="text/plain")
    heard = ours.read_hook({name: str(value) for name, value in request.GET.items()}, fields)
    if heard is not None:
        carrier_events.keep(ours.name, heard)
    return HttpResponse(_NOTHING, content_type="text/xml")
