"""Each call as it is made with curl and with the Python client, for the docs. The tests run what is shown."""

from __future__ import annotations

import json
import keyword
import re
import shlex
from typing import Any

from django.conf import settings

EXAMPLE_ID = "3v8rb7f5kq2x4"
_PREFIX_OF = {
    "usage_id": "use", "hold_id": "hold", "quote_id": "quo", "order_id": "ord", "plan_id": "plan", "clock_id": "clk",
    "key_id": "key", "endpoint_id": "whe", "event_id": "evt", "card_id": "pm", "invoice_id": "inv", "entry_id": "ent",
    "message_id": "msg", "broadcast_id": "bro", "inbox_id": "inb", "number_id": "num", "member_id": "mem",
    "invitation_id": "ivt", "note_id": "cn", "refund_id": "ref", "dispute_id": "dis",
}  # fmt: skip


def address_of(path: str) -> str:
    """The address with an id in each place, as in /v1/holds/hold_3v8rb7f5kq2x4."""
    return re.sub(r"\{(\w+)\}", lambda found: _example_of(found[1]), path)


def _example_of(place: str) -> str:
    return "seat" if place == "kind" else f"{_PREFIX_OF[place]}_{EXAMPLE_ID}"


def curl(method: str, path: str, operation: dict[str, Any]) -> str:
    """The call for a shell in which the key, and for platform keys the account, are variables."""
    names = {parameter["name"] for parameter in operation["parameters"]}
    lines = [
        f"curl -X {method.upper()} {settings.BASE_URL}{address_of(path)}",
        '-H "Authorization: Bearer $REFILL_KEY"',
    ]
    if "Refill-Account" in names:
        lines.append('-H "Refill-Account: $REFILL_ACCOUNT"')
    if "Idempotency-Key" in names:
        lines.append(f'-H "Idempotency-Key: {operation["operationId"]}-1"')
    body = _body(operation)
    if body is not None:
        lines.append(f"-d {shlex.quote(json.dumps(body, ensure_ascii=False))}")
    return " \\\n  ".join(lines)


def python(method: str, path: str, operation: dict[str, Any]) -> str:
    """The call with refill-client, where `refill` is a Refill."""
    given = [repr(_example_of(place)) for place in re.findall(r"\{(\w+)\}", path)]
    body = _body(operation)
    if body and "$ref" in _schema(operation):
        given += [f"{name}{'_' if keyword.iskeyword(name) else ''}={value!r}" for name, value in body.items()]
    elif body:
        given.append(repr(body))
    if any(parameter["name"] == "Idempotency-Key" for parameter in operation["parameters"]):
        given.append(f"key='{operation['operationId']}-2'")
    call = f"refill.{operation['operationId']}({', '.join(given)})"
    return f"list({call})" if any(one["name"] == "cursor" for one in operation["parameters"]) else call


def _schema(operation: dict[str, Any]) -> Any:
    return operation["requestBody"]["content"]["application/json"]["schema"]


def _body(operation: dict[str, Any]) -> Any:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    return content.get("example")
