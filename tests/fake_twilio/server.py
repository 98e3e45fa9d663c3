"""HTTP in front of the memory: who calls, what goes wrong, and what is answered."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

SID, TOKEN = "AC0123456789abcdef0123456789abcdef", "the auth token of the tests"
# before: nothing was done; after: it was done, and the answer does not say so.
Fault = Literal[
    "twice", "lost_before", "lost_after", "500_before", "500_after", "429", "401", "html_after", "wrong_parts",
    "receipt_first",
]  # fmt: skip
Json = dict[str, Any]
# Recipients that are refused at once, and Twilio's code for it.
REFUSED = {"+12065550180": 21211, "+12065550183": 21610}
OFFERED = ("+12065550101", "+12065550102")
# Offered too, and refused to whoever has no address on file.
WANTS_ADDRESS = "+12065550103"
# What each country has; a kind that it has not is a page that is not there.
KINDS = {"US": ("Local", "TollFree"), "GB": ("Local",)}


class FakeTwilio:
    """Started and stopped by whoever makes it. `calls` is what was asked, `messages` what was sent, by sid; `pause` is
    what each call waits for before anything is done."""

    def __init__(self, listener: Callable[[str, dict[str, str]], None] = lambda url, fields: None) -> None:
        self.listener = listener
        self.script: list[Fault | None] = []
        self.pause: Callable[[], None] = lambda: None
        self.calls: list[tuple[str, str, Json]] = []
        self.messages: dict[str, Json] = {}
        self.numbers: dict[str, Json] = {}
        self.lock = threading.RLock()
        self.port = 0
        self.start()

    def start(self) -> None:
        """Again after `stop`: at the same address, with the same memory."""
        handler = type("Handler", (_Handler,), {"fake": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def create(self, form: Json) -> tuple[int, Json]:
        """A message, or why there is none."""
        refused = REFUSED.get(form["To"])
        if refused is not None:
            return 400, {"code": refused, "message": "no", "status": 400}
        sid = f"SM{uuid4().hex}"
        self.messages[sid] = {
            "sid": sid, "to": form["To"], "from": form["From"], "body": form.get("Body", ""), "status": "queued",
            "num_segments": "1", "error_code": None, "date_created": format_datetime(datetime.now(UTC)),
            "callback": form.get("StatusCallback", ""),
        }  # fmt: skip
        return 201, self.messages[sid]

    def tell(self, sid: str, status: str, code: str = "") -> None:
        """The status callback of a message, as it would be posted."""
        message = self.messages[sid] | {"status": status, "error_code": code or None}
        self.messages[sid] = message
        fields = {"MessageSid": sid, "MessageStatus": status, "From": message["from"], "To": message["to"]}
        self.listener(message["callback"], fields | ({"ErrorCode": code} if code else {}))

    def free(self, kind: str, form: Json) -> tuple[int, Json]:
        """What may be bought, as the documentation of AvailablePhoneNumbers says it."""
        part, area = form.get("Contains", ""), form.get("AreaCode", "")
        if part and not 2 <= len(part) <= 16:
            return 400, {"code": 21478, "message": "Contains has 2 to 16 characters", "status": 400}
        wants = () if form.get("ExcludeAllAddressRequired") == "true" else (WANTS_ADDRESS,)
        found = [
            number for number in (*OFFERED, *wants)
            if kind == "Local" and number not in self.numbers and number[2:].startswith(area)
            and (number.startswith(part) if part.startswith("+") else part in number)
        ]  # fmt: skip
        rows = [
            {
                "phone_number": number, "locality": "Seattle", "region": "WA", "iso_country": "US",
                "address_requirements": "any" if number == WANTS_ADDRESS else "none",
                "capabilities": {"voice": True, "SMS": True, "MMS": False} if nth else {"sms": True, "mms": False},
            }
            for nth, number in enumerate(found)
        ]  # fmt: skip
        return 200, {"available_phone_numbers": rows, "page": 0, "page_size": len(rows)}

    def route(self, method: str, path: str, form: Json) -> tuple[int, Json]:
        parts = path.removeprefix(f"/2010-04-01/Accounts/{SID}/").removesuffix(".json").split("/")
        match [method, *parts]:
            case ["POST", "Messages"]:
                return self.create(form)
            case ["GET", "Messages"]:
                found = [m for m in self.messages.values() if (m["to"], m["from"]) == (form["To"], form["From"])]
                return 200, {"messages": list(reversed(found))}
            case ["GET", "Messages", sid] if sid in self.messages:
                return 200, self.messages[sid]
            case ["GET", "AvailablePhoneNumbers", country, kind] if kind in KINDS.get(country, ()):
                return self.free(kind if country == "US" else "", form)
            case ["GET", "IncomingPhoneNumbers"]:
                rows = [row for number, row in self.numbers.items() if number == form.get("PhoneNumber")]
                return 200, {"incoming_phone_numbers": rows}
            case ["POST", "IncomingPhoneNumbers"]:
                number = form["PhoneNumber"]
                if number == WANTS_ADDRESS:
                    return 400, {"code": 21631, "message": "address required", "status": 400}
                if number in self.numbers or number not in OFFERED:
                    return 400, {"code": 21422, "message": "not available", "status": 400}
                row = {
                    "sid": f"PN{uuid4().hex}",
                    "phone_number": number,
                    "friendly_name": form["FriendlyName"],
                }
                self.numbers[number] = row
                return 201, row
            case ["DELETE", "IncomingPhoneNumbers", sid]:
                gone = [number for number, row in self.numbers.items() if row["sid"] == sid]
                for number in gone:
                    del self.numbers[number]
                return (204 if gone else 404), {}
        return 404, {"code": 20404, "message": "not found", "status": 404}


class _Handler(BaseHTTPRequestHandler):
    fake: FakeTwilio
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments: Any) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        self._answer("GET")

    def do_POST(self) -> None:
        self._answer("POST")

    def do_DELETE(self) -> None:
        self._answer("DELETE")

    def _answer(self, method: str) -> None:
        address = urlsplit(self.path)
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        form = {name: values[0] for name, values in parse_qs(f"{address.query}&{sent}", keep_blank_values=True).items()}
        self.fake.calls.append((method, address.path, form))
        expected = base64.b64encode(f"{SID}:{TOKEN}".encode()).decode()
        if self.headers.get("Authorization") != f"Basic {expected}":
            self._write(401, {"code": 20003, "message": "Authenticate", "status": 401})
            return
        self.fake.pause()
        fault = self.fake.script.pop(0) if self.fake.script and method == "POST" else None
        if fault in ("429", "401", "500_before"):
            self._write(int(fault[:3]), {"code": 20429, "message": "no", "status": int(fault[:3])})
        elif fault == "lost_before":
            self.close_connection = True
        else:
            self._done(method, address.path, form, fault)

    def _done(self, method: str, path: str, form: Json, fault: Fault | None) -> None:
        with self.fake.lock:
            status, answer = self.fake.route(method, path, form)
            if fault == "twice":
                self.fake.route(method, path, form)
        if fault == "receipt_first":
            self.fake.tell(answer["sid"], "delivered")
        if fault == "lost_after":
            self.close_connection = True
        elif fault == "500_after":
            self._write(500, {"code": 20500, "message": "no", "status": 500})
        elif fault == "html_after":
            self._write(201, None)
        else:
            self._write(status, answer | ({"num_segments": "7"} if fault == "wrong_parts" else {}))

    def _write(self, status: int, answer: Json | None) -> None:
        body = b"<html>Bad gateway</html>" if answer is None else b"" if status == 204 else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json" if answer is not None else "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
