"""The objects, and what each call does to them. Amounts are minor units."""

from __future__ import annotations

import copy
import itertools
import time
from collections.abc import Callable
from secrets import token_hex
from typing import Any

from tests.fake_stripe.cards import KINDS, Kind

Json = dict[str, Any]


class Refused(Exception):
    """An answer other than 200; `saved` under the idempotency key, as Stripe does once a call was begun."""

    def __init__(self, status: int, error: Json, *, saved: bool = True) -> None:
        self.status, self.error, self.saved = status, error, saved
        super().__init__(f"{status} {error}")


def _invalid(code: str, param: str = "", status: int = 400) -> Refused:
    error = {"type": "invalid_request_error", "code": code, "param": param, "message": code}
    return Refused(status, error, saved=False)


def _check_kinds(form: Json) -> None:
    """Since the version of September 2026 kinds of payment are allowed, no longer listed."""
    if "payment_method_types" in form:
        raise _invalid("payment_method_types_no_longer_supported", "payment_method_types")
    if form.get("allowed_payment_method_types") != ["card"]:
        raise _invalid("parameter_missing", "allowed_payment_method_types")


class World:
    """Everything that the provider keeps."""

    def __init__(self) -> None:
        self.now: Callable[[], int] = lambda: int(time.time())
        self.objects: dict[str, Json] = {}
        self.kinds: dict[str, Kind] = {}
        self.events: list[Json] = []
        self.stages: list[dict[str, Json]] = []
        self._settled: set[str] | None = None
        self._numbers, self.tag = itertools.count(1), token_hex(4)

    def add(self, prefix: str, kind: str, **facts: Any) -> Json:
        found = {"id": f"{prefix}_{self.tag}{next(self._numbers):06}", "object": kind, "created": self.now(), **facts}
        self.objects[found["id"]] = found
        return found

    def last(self, kind: str) -> str:
        """The name of the newest thing of a kind."""
        return [name for name, thing in self.objects.items() if thing["object"] == kind][-1]

    def get(self, reference: str) -> Json:
        if reference not in self.objects:
            raise _invalid("resource_missing", "id", 404)
        return self.objects[reference]

    def tell(self, kind: str, thing: Json) -> None:
        shown = copy.deepcopy(thing)
        number = next(self._numbers)
        self.events.append(
            {
                "id": f"evt_{self.tag}{number:06}",
                "object": "event",
                "type": kind,
                "created": self.now(),
                "data": {"object": shown},
            }
        )
        if self._settled is not None:
            fresh = {name: thing for name, thing in self.objects.items() if name not in self._settled}
            self.stages.append(copy.deepcopy(fresh))

    def start_stages(self) -> None:
        """From now on keep how everything new was after each event."""
        self.stages, self._settled = [], set(self.objects)

    def show_stage(self, number: int) -> None:
        """Show everything as it was right after an event, counted since the stages were started."""
        self.objects.update(copy.deepcopy(self.stages[number]))

    def new_card(self, customer: str, kind: str) -> Json:
        """A card that somebody entered on the hosted page."""
        answers = KINDS[kind]
        face = {"brand": "visa", "last4": answers.last4, "exp_month": 12, "exp_year": 2040}
        face["fingerprint"] = f"print_{kind}"
        method = self.add("pm", "payment_method", type="card", customer=customer, card=face)
        self.kinds[method["id"]] = answers
        self.tell("payment_method.attached", method)
        return method

    def create_intent(self, form: Json) -> Json:
        _check_kinds(form)
        for name in ("amount", "currency", "payment_method"):
            if not form.get(name):
                raise _invalid("parameter_missing", name)
        amount = int(form["amount"])
        if amount < 50 and form["currency"] == "usd":
            raise _invalid("amount_too_small", "amount")
        method = self.objects.get(form["payment_method"])
        if method is None or method.get("customer") != form.get("customer"):
            raise _invalid("resource_missing", "payment_method", 404)
        found = self.add(
            "pi", "payment_intent", amount=amount, amount_received=0, currency=form["currency"],
            customer=form.get("customer"), payment_method=form["payment_method"], metadata=form.get("metadata") or {},
            description=form.get("description"), status="requires_confirmation", last_payment_error=None,
            next_action=None, latest_charge=None,
        )  # fmt: skip
        self.tell("payment_intent.created", found)
        return self._try(found, off_session=True) if form.get("confirm") == "true" else found

    def confirm_intent(self, reference: str, form: Json) -> Json:
        """With the customer present: a card that wants to see them sends them to their bank."""
        found = self.get(reference)
        if found["status"] not in ("requires_payment_method", "requires_confirmation", "requires_action"):
            raise _invalid("payment_intent_unexpected_state")
        found["payment_method"] = form.get("payment_method") or found["payment_method"]
        found["return_url"] = form.get("return_url", "")
        return self._try(found, off_session=False)

    def _try(self, found: Json, *, off_session: bool) -> Json:
        answers = self.kinds[found["payment_method"]]
        if answers.code == "authentication_required" and not off_session:
            found["status"], found["last_payment_error"] = "requires_action", None
            to = {"url": f"{self.url}/3ds/{found['id']}", "return_url": found["return_url"]}
            found["next_action"] = {"type": "redirect_to_url", "redirect_to_url": to}
            self.tell("payment_intent.requires_action", found)
        elif answers.code:
            self._fail(found, answers.code, answers.decline_code, answers.advice)
            raise Refused(402, {**found["last_payment_error"], "payment_intent": copy.deepcopy(found)})
        elif answers.slow:
            found["status"] = "processing"
            self.tell("payment_intent.processing", found)
        else:
            self._pay(found)
        return found

    url = ""

    def _pay(self, found: Json) -> None:
        charge = self.add(
            "ch", "charge", amount=found["amount"], amount_refunded=0, refunded=False, currency=found["currency"],
            payment_intent=found["id"], customer=found["customer"], metadata=dict(found["metadata"]), paid=True,
            status="succeeded",
        )  # fmt: skip
        found.update(status="succeeded", amount_received=found["amount"], latest_charge=charge["id"], next_action=None)
        self.tell("charge.succeeded", charge)
        self.tell("payment_intent.succeeded", found)

    def _fail(self, found: Json, code: str, decline_code: str = "", advice: str = "") -> None:
        error = {"type": "card_error", "code": code, "message": code}
        error |= {"decline_code": decline_code} if decline_code else {}
        error |= {"advice_code": advice} if advice else {}
        found.update(status="requires_payment_method", last_payment_error=error, next_action=None)
        self.tell("payment_intent.payment_failed", found)

    def settle(self, reference: str, *, paid: bool) -> None:
        """A slow payment ends."""
        found = self.get(reference)
        assert found["status"] == "processing"
        if paid:
            self._pay(found)
        else:
            self._fail(found, "card_declined", "generic_decline")

    def authenticate(self, reference: str, *, passed: bool) -> str:
        """The customer's part at their bank; returns where they are sent then."""
        found = self.get(reference)
        if found["status"] == "requires_action":
            if passed:
                self._pay(found)
            else:
                self._fail(found, "payment_intent_authentication_failure")
        return str(found.get("return_url") or "")

    def cancel_intent(self, reference: str) -> Json:
        found = self.get(reference)
        if found["status"] in ("succeeded", "canceled", "processing"):
            raise _invalid("payment_intent_unexpected_state")
        found.update(status="canceled", next_action=None)
        self.tell("payment_intent.canceled", found)
        return found

    def refund(self, form: Json) -> Json:
        found = self.get(form["payment_intent"])
        charge = self.objects.get(found["latest_charge"] or "")
        if charge is None:
            raise _invalid("payment_intent_unexpected_state")
        left = charge["amount"] - charge["amount_refunded"]
        amount = int(form.get("amount") or left)
        if amount > left or amount <= 0:
            raise _invalid("charge_already_refunded" if left == 0 else "amount_too_large", "amount")
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
        made = self.add(
            "re", "refund", amount=amount, payment_intent=found["id"], charge=charge["id"], status="succeeded",
            currency=charge["currency"], metadata={},
        )  # fmt: skip
        self.tell("charge.refunded", charge)
        return made

    def dispute(self, reference: str, amount: int, status: str = "needs_response") -> Json:
        """The cardholder's bank takes money back."""
        found = self.get(reference)
        made = self.add(
            "dp", "dispute", amount=amount, payment_intent=reference, charge=found["latest_charge"], status=status,
            currency=found["currency"], metadata={}, balance_transactions=[{"amount": -amount, "fee": 1_500}],
        )  # fmt: skip
        self.tell("charge.dispute.created", made)
        return made

    def close_dispute(self, reference: str, status: str) -> None:
        found = self.get(reference)
        found["status"] = status
        self.tell("charge.dispute.closed", found)

    def create_page(self, form: Json) -> Json:
        _check_kinds(form)
        page = self.add(
            "cs", "checkout.session", mode=form.get("mode"), customer=form.get("customer"), status="open",
            success_url=form["success_url"], cancel_url=form.get("cancel_url"), metadata=form.get("metadata") or {},
            setup_intent=None,
        )  # fmt: skip
        page["url"] = f"{self.url}/c/pay/{page['id']}"
        return page

    def enter_card(self, page_reference: str, kind: str) -> str:
        """Somebody enters a card on the hosted page; returns where they are sent then."""
        page = self.get(page_reference)
        if page["status"] == "open":
            method = self.new_card(page["customer"], kind)
            made = self.add("seti", "setup_intent", payment_method=method["id"], status="succeeded")
            page.update(status="complete", setup_intent=made["id"])
            self.tell("checkout.session.completed", page)
        return str(page["success_url"]).replace("{CHECKOUT_SESSION_ID}", page_reference)

    def detach(self, reference: str) -> Json:
        found = self.get(reference)
        if found["customer"] is None:
            raise _invalid("payment_method_not_attached")
        found["customer"] = None
        self.tell("payment_method.detached", found)
        return found

    def renew_card(self, reference: str, **face: Any) -> Json:
        """The bank gives the card another date or number, and the network tells Stripe."""
        found = self.get(reference)
        found["card"] |= face
        self.tell("payment_method.automatically_updated", found)
        return found

    def money_taken(self, key: str) -> int:
        """How much left a customer's card under one of our keys, whatever anybody was told."""
        return sum(
            found["amount_received"]
            for found in list(self.objects.values())
            if found["object"] == "payment_intent" and found["metadata"].get("refill_key") == key
        )
