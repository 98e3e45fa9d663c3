"""HTTP in front of the world: keys, paging, expanding, faults, and two pages for a browser."""

from __future__ import annotations

import copy
import html
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.fake_stripe.script import Fault, Script
from tests.fake_stripe.world import Json, Refused, World

KEY = "sk_test_for_tests_only"
HANG_SECONDS = 20
_LINKED = ("latest_charge", "setup_intent", "payment_method")
_WRONG = {"wrong_amount": ("amount", 1), "wrong_currency": ("currency", "xts"), "wrong_key": ("metadata", {})}


class FakeStripe(World):
    """Started and stopped by whoever makes it; `script` says what goes wrong, `calls` what was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.script, self.calls = Script(), list[tuple[str, str, Json, str]]()
        self.keys: dict[str, tuple[str, int, bytes]] = {}
        self.lock = threading.RLock()
        self.over = threading.Event()
        handler = type("Handler", (_Handler,), {"fake": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def stop(self) -> None:
        self.over.set()
        self.server.shutdown()
        self.server.server_close()

    def do(self, method: str, path: str, form: Json, key: str) -> tuple[int, bytes, bool]:
        """Answer a call: status, body, whether it is replayed. One at a time, as if in one transaction."""
        with self.lock:
            print_ = json.dumps([path, form], sort_keys=True)
            if key in self.keys:
                known, status, body = self.keys[key]
                if known != print_:
                    error = {"type": "idempotency_error", "message": "Keys can only be used with the same parameters."}
                    return 400, json.dumps({"error": error}).encode(), False
                return status, body, True
            try:
                status, answer, saved = 200, self._route(method, path, form), True
            except Refused as refused:
                status, answer, saved = refused.status, {"error": refused.error}, refused.saved
            body = json.dumps(answer).encode()
            if key and saved:
                self.keys[key] = (print_, status, body)
            return status, body, False

    def fail_for_good(self, method: str, path: str, form: Json, key: str) -> bytes:
        """A 500, which is kept under its key like any other answer."""
        body = json.dumps({"error": {"type": "api_error", "message": "Something went wrong."}}).encode()
        if key:
            self.keys[key] = (json.dumps([path, form], sort_keys=True), 500, body)
        return body

    def _route(self, method: str, path: str, form: Json) -> Json:
        parts = path.removeprefix("/v1/").split("/")
        expand = form.get("expand") or []
        match [method, *parts]:
            case ["POST", "customers"]:
                return self.add("cus", "customer", metadata=form.get("metadata") or {})
            case ["POST", "payment_intents"]:
                return self._shown(self.create_intent(form), expand)
            case ["GET", "payment_intents"]:
                return self._listed("payment_intent", form, expand)
            case ["POST", "payment_intents", reference, "confirm"]:
                return self._shown(self.confirm_intent(reference, form), expand)
            case ["POST", "payment_intents", reference, "cancel"]:
                return self._shown(self.cancel_intent(reference), expand)
            case ["POST", "refunds"]:
                return self.refund(form)
            case ["POST", "checkout", "sessions"]:
                return self.create_page(form)
            case ["POST", "payment_methods", reference, "detach"]:
                return self.detach(reference)
            case ["GET", "checkout", "sessions", reference] | ["GET", _, reference]:
                return self._shown(self.get(reference), expand)
        raise Refused(404, {"type": "invalid_request_error", "message": f"Unrecognized request URL ({path})."})

    def _listed(self, kind: str, form: Json, expand: list[str]) -> Json:
        """Newest first."""
        found = [thing for thing in reversed(self.objects.values()) if thing["object"] == kind]
        if form.get("customer"):
            found = [thing for thing in found if thing["customer"] == form["customer"]]
        since = int((form.get("created") or {}).get("gte", 0))
        found = [thing for thing in found if thing["created"] >= since]
        if form.get("starting_after"):
            places = [place for place, thing in enumerate(found) if thing["id"] == form["starting_after"]]
            found = found[places[0] + 1 :]
        limit = int(form.get("limit") or 10)
        inner = [name.removeprefix("data.") for name in expand]
        page = [self._shown(thing, inner) for thing in found[:limit]]
        return {"object": "list", "url": f"/v1/{kind}s", "has_more": len(found) > limit, "data": page}

    def _shown(self, thing: Json, expand: list[str]) -> Json:
        shown = copy.deepcopy(thing)
        for name in expand:
            first, _, rest = name.partition(".")
            if first in _LINKED and isinstance(shown.get(first), str):
                shown[first] = self._shown(self.objects[shown[first]], [rest] if rest else [])
        return shown


class _Handler(BaseHTTPRequestHandler):
    fake: FakeStripe
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments: Any) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        self._answer("GET")

    def do_POST(self) -> None:
        self._answer("POST")

    def _answer(self, method: str) -> None:
        address = urlsplit(self.path)
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        form = nested([*parse_qsl(address.query), *parse_qsl(sent, keep_blank_values=True)])
        if not address.path.startswith("/v1/"):
            self._page(method, address.path, form)
            return
        key = self.headers.get("Idempotency-Key") or ""
        fault = self.fake.script.take(method, address.path)
        self.fake.calls.append((method, address.path, form, key))
        if self.headers.get("Authorization") != f"Bearer {KEY}" or fault == "401":
            self._write(401, b'{"error": {"type": "invalid_request_error", "message": "Invalid API Key"}}')
        elif fault is not None and not fault.endswith(("_after", "_amount", "_currency", "_key")):
            self._fail_before(fault, method, address.path, form, key)
        else:
            status, body, replayed = self.fake.do(method, address.path, form, key)
            if fault is None:
                self._write(status, body, replayed=replayed)
            else:
                self._fail_after(fault, method, address.path, form, key, body)

    def _fail_before(self, fault: Fault, method: str, path: str, form: Json, key: str) -> None:
        if fault == "500_before":
            self._write(500, self.fake.fail_for_good(method, path, form, key))
        elif fault == "429":
            self._write(429, b'{"error": {"type": "invalid_request_error", "code": "rate_limit", "message": "slower"}}')
        elif fault == "409":
            error = b'{"error": {"type": "invalid_request_error", "code": "idempotency_key_in_use", "message": "busy"}}'
            self._write(409, error)
        else:
            self._vanish(fault)

    def _fail_after(self, fault: Fault, method: str, path: str, form: Json, key: str, body: bytes) -> None:
        if fault == "500_after":
            self._write(500, self.fake.fail_for_good(method, path, form, key))
        elif fault == "html_after":
            self._write(200, b"<html><body>Bad gateway</body></html>", kind="text/html")
        elif fault == "cut_after":
            self._write(200, body[: len(body) // 2], length=len(body))
        elif fault == "garbage_after":
            self._write(200, b'{"id": 17, "object": ["payment_intent"], "metadata": "none"}')
        elif fault == "empty_after":
            self._write(200, b"{}")
        elif fault in _WRONG:
            name, value = _WRONG[fault]
            self._write(200, json.dumps({**json.loads(body), name: value}).encode())
        else:
            self._vanish(fault)

    def _vanish(self, fault: Fault) -> None:
        """No answer at all: cut off, or silent until the caller gives up."""
        if fault.startswith("hang"):
            self.fake.over.wait(HANG_SECONDS)
        self.close_connection = True

    def _write(
        self, status: int, body: bytes, *, kind: str = "application/json", length: int = 0, replayed: bool = False
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(length or len(body)))
        if replayed:
            self.send_header("Idempotent-Replayed", "true")
        self.end_headers()
        self.wfile.write(body)
        if length:
            self.close_connection = True

    def _page(self, method: str, path: str, form: Json) -> None:
        """What people see: card entry, and their bank."""
        place, _, reference = path.strip("/").rpartition("/")
        if method == "POST" and place == "c/pay":
            self._redirect(self.fake.enter_card(reference, form["card"]))
        elif method == "POST" and place == "3ds":
            self._redirect(self.fake.authenticate(reference, passed=form["answer"] == "yes"))
        else:
            choices = {"c/pay": ("card", ("ok", "declined", "authenticate")), "3ds": ("answer", ("yes", "no"))}
            if place not in choices:
                self._write(404, b"")
                return
            name, values = choices[place]
            buttons = "".join(
                f'<button name="{name}" value="{value}">{html.escape(value)}</button>' for value in values
            )
            said = f'<!doctype html><html lang="en"><title>Provider</title><form method="post">{buttons}</form></html>'
            self._write(200, said.encode(), kind="text/html; charset=utf-8")

    def _redirect(self, to: str) -> None:
        self.send_response(303)
        self.send_header("Location", to)
        self.send_header("Content-Length", "0")
        self.end_headers()


def nested(pairs: list[tuple[str, str]]) -> Json:
    """a[b]=1&c[0]=2 as {"a": {"b": "1"}, "c": ["2"]}."""
    found: Json = {}
    for name, value in pairs:
        first, *rest = name.replace("]", "").split("[")
        if not rest:
            found[first] = value
        elif rest[0].isdigit() or rest[0] == "":
            found.setdefault(first, []).append(value)
        else:
            found.setdefault(first, {})[rest[0]] = value
    return found
