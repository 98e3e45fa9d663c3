"""Texts and numbers through Twilio, over httpx. docs/going-live-carrier.md says how.

Twilio has no key that makes a text once. So a text whose answer was lost is looked for among those to its recipient, by
its words and the time; its webhook also carries our key. What is still not there a while later was never sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import phonenumbers
import structlog
from django.conf import settings

from refill.domain.carriers import (
    IncomingText,
    NumberKind,
    NumberWord,
    OfferedNumber,
    Receipt,
    TextAsk,
    TextIntent,
    TextWord,
)
from refill.domain.texts import Word
from refill.gateways import clock, twilio_signature, twilio_words
from refill.gateways.cards import refuse_inside_transaction

log = structlog.get_logger("refill.twilio")
# The request cannot have left: nothing was sent.
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
# By then Twilio lists what it was given.
LISTED_AFTER = timedelta(minutes=15)
CLOCKS_DIFFER = timedelta(seconds=90)
MOST_LISTED = 1_000
_KINDS: dict[NumberKind, str] = {"local": "Local", "toll_free": "TollFree"}


class TwilioCarrier:
    """The carrier of live accounts where `REFILL_CARRIER` names it."""

    name = "twilio"
    calls_at_once = 16
    # Twilio answers STOP, START and HELP, and says nothing of it.
    answers: Mapping[Word, str] = {}

    def __init__(self) -> None:
        self._tokens = tuple(settings.TWILIO_AUTH_TOKENS)
        self._client = httpx.Client(
            base_url=f"{settings.TWILIO_URL}/2010-04-01/Accounts/{settings.TWILIO_ACCOUNT_SID}",
            auth=(settings.TWILIO_ACCOUNT_SID, self._tokens[0] if self._tokens else ""),
            timeout=settings.TWILIO_ANSWER_SECONDS,
        )

    def available_numbers(
        self, *, country: str, kind: NumberKind, area: str = "", limit: int = 20
    ) -> tuple[OfferedNumber, ...] | None:
        rows = self._free(country, kind, {"PageSize": str(limit)} | (_within(country, area) if area else {}))
        if rows is None:
            return None
        return tuple(_offered(row, country, kind) for row in rows if "phone_number" in row)

    def is_offered(self, number: str, kind: NumberKind) -> bool | None:
        country = phonenumbers.region_code_for_number(phonenumbers.parse(number))
        # Twilio looks for a part of the number; which forms of the whole it takes differs by country.
        rows = self._free(country or "", kind, {"Contains": number[-8:], "PageSize": "50"})
        return None if rows is None else any(row.get("phone_number") == number for row in rows)

    def _free(self, country: str, kind: NumberKind, asked: Mapping[str, str]) -> list[dict[str, Any]] | None:
        """What may be bought and can text. Numbers that want an address on file are left out: they would be refused
        once they are paid for."""
        only = {"SmsEnabled": "true", "ExcludeAllAddressRequired": "true", **asked}
        found = self._get(f"/AvailablePhoneNumbers/{country}/{_KINDS[kind]}.json", only, missing={})
        return None if found is None else _rows(found, "available_phone_numbers")

    def buy_number(self, number: str, key: str) -> NumberWord:
        known = self.ask_number(number, key)
        if known.state != "refused" or known.code != "never_bought":
            return known
        form = {
            "PhoneNumber": number, "FriendlyName": key, "SmsMethod": "POST",
            "SmsUrl": f"{settings.BASE_URL}/hooks/carrier/incoming",
        }  # fmt: skip
        status, answer = self._post("/IncomingPhoneNumbers.json", form)
        if status == 201 and isinstance(answer.get("sid"), str):
            return NumberWord("bought", reference=answer["sid"])
        if status is not None and 400 <= status < 500 and status not in (401, 403, 429):
            code = str(answer.get("code", status))
            return NumberWord("refused", code="taken" if code == "21422" else code)
        return NumberWord("unknown")

    def ask_number(self, number: str, key: str) -> NumberWord:
        found = self._get("/IncomingPhoneNumbers.json", {"PhoneNumber": number})
        if found is None:
            return NumberWord("unknown")
        for row in _rows(found, "incoming_phone_numbers"):
            if row.get("phone_number") == number:
                ours = row.get("friendly_name") == key
                return NumberWord("bought", reference=str(row["sid"])) if ours else NumberWord("refused", code="taken")
        return NumberWord("refused", code="never_bought")

    def release_number(self, number: str, reference: str) -> bool:
        refuse_inside_transaction()
        try:
            status = self._client.delete(f"/IncomingPhoneNumbers/{reference}.json").status_code
        except httpx.HTTPError as fault:
            log.warning("twilio_unreachable", call="release_number", why=type(fault).__name__)
            return False
        return status in (204, 404)

    def send(self, intent: TextIntent) -> TextWord:
        form: dict[str, Any] = {
            "To": intent.recipient, "From": intent.sender, "Body": intent.body,
            "StatusCallback": f"{settings.BASE_URL}/hooks/carrier/status?text={intent.provider_key}",
        }  # fmt: skip
        if intent.media:
            form["MediaUrl"] = list(intent.media)
        status, answer = self._post("/Messages.json", form)
        if status in (200, 201):
            return twilio_words.word_of(answer)
        # Too fast, or our own credentials are wrong: nothing was sent, and it may be sent later.
        if status in (0, 401, 403, 429):
            return TextWord("busy")
        if status is None or status >= 500 or "code" not in answer:
            return TextWord("unknown")
        return TextWord("refused", code=str(answer["code"])[:32])

    def ask(self, ask: TextAsk) -> TextWord:
        if ask.reference:
            found = self._get(f"/Messages/{ask.reference}.json", {})
            return twilio_words.word_of(found) if found is not None else TextWord("unknown")
        since = (ask.sent_at - CLOCKS_DIFFER).astimezone(UTC)
        asked = {
            "To": ask.intent.recipient, "From": ask.intent.sender, "DateSent>": since.strftime("%Y-%m-%d"),
            "PageSize": str(MOST_LISTED),
        }  # fmt: skip
        found = self._get("/Messages.json", asked)
        if found is None:
            return TextWord("unknown")
        for row in reversed(_rows(found, "messages")):
            made_at = _instant(row.get("date_created"))
            is_ours = row.get("body") == ask.intent.body and row.get("sid") not in ask.others
            if is_ours and made_at is not None and made_at >= since:
                return twilio_words.word_of(row)
        if clock.now() - ask.sent_at < LISTED_AFTER:
            return TextWord("unknown")
        return TextWord("refused", code="never_sent")

    def is_genuine(self, url: str, fields: Mapping[str, str], signature: str) -> bool:
        return twilio_signature.is_genuine(self._tokens, url, fields, signature)

    def read_hook(self, query: Mapping[str, str], fields: Mapping[str, str]) -> Receipt | IncomingText | None:
        if "MessageStatus" in fields:
            return twilio_words.receipt_of(query.get("text", ""), fields)
        return twilio_words.incoming_of(fields)

    def _post(self, path: str, form: Mapping[str, Any]) -> tuple[int | None, dict[str, Any]]:
        """(status, JSON). Status 0: the request never left; None: nobody knows."""
        refuse_inside_transaction()
        try:
            response = self._client.post(path, data=form)
        except NOT_SENT as fault:
            log.warning("twilio_unreachable", call=path, why=type(fault).__name__)
            return 0, {}
        except httpx.HTTPError as fault:
            log.warning("twilio_answer_lost", call=path, why=type(fault).__name__)
            return None, {}
        return response.status_code, _json(response)

    def _get(self, path: str, asked: Mapping[str, str], missing: dict[str, Any] | None = None) -> dict[str, Any] | None:
        """The JSON of a 200; `missing` where there is no such thing: a country without numbers of a kind is a 404."""
        refuse_inside_transaction()
        try:
            response = self._client.get(path, params=asked)
        except httpx.HTTPError as fault:
            log.warning("twilio_unreachable", call=path, why=type(fault).__name__)
            return None
        if response.status_code == 404:
            return missing
        return (_json(response) or None) if response.status_code == 200 else None


def _within(country: str, area: str) -> dict[str, str]:
    """Area codes are looked for as such in North America alone, elsewhere by how numbers begin."""
    code = phonenumbers.country_code_for_region(country)
    return {"AreaCode": area} if code == 1 else {"Contains": f"+{code}{area}"}


def _offered(row: Mapping[str, Any], country: str, kind: NumberKind) -> OfferedNumber:
    place = ", ".join(filter(None, (row.get("locality"), row.get("region"))))
    # Written SMS and MMS here, sms and mms there.
    able = {name.upper() for name, can in (row.get("capabilities") or {}).items() if can}
    return OfferedNumber(str(row["phone_number"]), country, kind, place, "SMS" in able, "MMS" in able)


def _json(response: httpx.Response) -> dict[str, Any]:
    try:
        found = response.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _rows(found: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    rows = found.get(name)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _instant(written: object) -> datetime | None:
    try:
        return parsedate_to_datetime(str(written))
    except ValueError:
        return None
