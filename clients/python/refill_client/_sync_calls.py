"""The client for threads. Made from _async_calls.py by make_sync.py; change that one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from refill_client import _calls, types
from refill_client._core import Core
from refill_client._calls import LEFT_OUT


class Calls(Core):
    """One method for each call, named as in the document. What is left out is not sent; None is sent as null."""

    def act_on_order(
        self, order_id: str, *, outcome: Literal["authenticated", "failed"], key: str | None = None
    ) -> types.Order:
        """Play the customer's part of an order that needs action. Sandbox only."""
        sent = _calls.given({"outcome": outcome})
        return self._call(types.Order, "POST", f"/orders/{order_id}/action", sent, key=key)

    def advance_test_clock(
        self, clock_id: str, *, to: str, work: bool = LEFT_OUT, key: str | None = None
    ) -> types.Clock:
        """Move a clock on. Everything due on the way runs, in order, before it answers."""
        sent = _calls.given({"to": to, "work": work})
        return self._call(types.Clock, "POST", f"/test_clocks/{clock_id}/advance", sent, key=key)

    def cancel_broadcast(self, broadcast_id: str, *, key: str | None = None) -> types.Broadcast:
        """Give up what is not handed over yet; its credits come back. What the carrier has goes on."""
        return self._call(types.Broadcast, "POST", f"/broadcasts/{broadcast_id}/cancel", key=key)

    def cancel_message(self, message_id: str, *, key: str | None = None) -> types.Message:
        """Give up a text that waits. It costs nothing."""
        return self._call(types.Message, "POST", f"/messages/{message_id}/cancel", key=key)

    def capture_hold(
        self, hold_id: str, *, credits: int | None = LEFT_OUT, key: str | None = None
    ) -> types.HoldEnded:
        """Use what is held, or a part."""
        sent = _calls.given({"credits": credits})
        return self._call(types.HoldEnded, "POST", f"/holds/{hold_id}/capture", sent, key=key)

    def close_dispute(self, dispute_id: str, *, won: bool, key: str | None = None) -> types.Dispute:
        """Play the bank's decision. Won: everything is as before; lost: the money is gone, and a credit note says so."""
        sent = _calls.given({"won": won})
        return self._call(types.Dispute, "POST", f"/disputes/{dispute_id}/close", sent, key=key)

    def confirm_quote(self, quote_id: str, *, key: str | None = None) -> types.Order:
        """Accept a quote: it is charged, and takes effect."""
        return self._call(types.Order, "POST", f"/quotes/{quote_id}/confirm", key=key)

    def create_account(
        self,
        *,
        name: str,
        timezone: str,
        currency: str,
        owner: types.OwnerIn,
        price: str | None = LEFT_OUT,
        anchor: str | None = LEFT_OUT,
        test_clock: str | None = LEFT_OUT,
        payment_method: types.CardIn
        | Literal[
            "visa_ok",
            "declined",
            "declined_final",
            "needs_action",
            "unknown_then_ok",
            "unknown_then_declined",
            "processing_then_ok",
        ]
        | str
        | None = LEFT_OUT,
        trial: bool = LEFT_OUT,
        key: str | None = None,
    ) -> types.Account:
        """Make an account."""
        sent = _calls.given(
            {
                "name": name,
                "timezone": timezone,
                "currency": currency,
                "owner": owner,
                "price": price,
                "anchor": anchor,
                "test_clock": test_clock,
                "payment_method": payment_method,
                "trial": trial,
            }
        )
        return self._call(types.Account, "POST", "/accounts", sent, key=key)

    def create_api_key(
        self,
        *,
        name: str,
        role: Literal["owner", "admin", "manager", "member", "observer"],
        scopes: Sequence[Literal["read", "send", "billing", "develop"]] = LEFT_OUT,
        expires_at: str | None = LEFT_OUT,
        key: str | None = None,
    ) -> types.ApiKey:
        """Make a key. Its secret is in this answer alone."""
        sent = _calls.given({"name": name, "role": role, "scopes": scopes, "expires_at": expires_at})
        return self._call(types.ApiKey, "POST", "/api_keys", sent, key=key)

    def create_broadcast(
        self,
        *,
        name: str,
        from_: str,
        recipients: Sequence[types.RecipientIn],
        body: str = LEFT_OUT,
        media: Sequence[str] = LEFT_OUT,
        pace: int = LEFT_OUT,
        key: str | None = None,
    ) -> types.Broadcast:
        """Draft a broadcast. Each recipient is priced with their own words; nothing is held or sent yet."""
        sent = _calls.given(
            {"name": name, "from": from_, "body": body, "media": media, "pace": pace, "recipients": recipients}
        )
        return self._call(types.Broadcast, "POST", "/broadcasts", sent, key=key)

    def create_calendar_address(self, *, key: str | None = None) -> types.CalendarAddress:
        """Make a secret address of these boundaries, for calendar programs. One made before is dead."""
        return self._call(types.CalendarAddress, "POST", "/subscription/calendar/address", key=key)

    def create_dispute(
        self, *, order: str, amount: types.MoneyIn | None = LEFT_OUT, fee: int = LEFT_OUT, key: str | None = None
    ) -> types.Dispute:
        """Play a customer's bank that takes a payment back. Test mode only: live disputes come from the provider."""
        sent = _calls.given({"order": order, "amount": amount, "fee": fee})
        return self._call(types.Dispute, "POST", "/disputes", sent, key=key)

    def create_grant(
        self,
        *,
        credits: int,
        source: Literal["promotion", "adjustment"],
        reason: str,
        starts_at: str | None = LEFT_OUT,
        ends_at: str | None = LEFT_OUT,
        key: str | None = None,
    ) -> types.Grant:
        """Give credits: a promotion or an adjustment, with or without an end."""
        sent = _calls.given(
            {"credits": credits, "source": source, "starts_at": starts_at, "ends_at": ends_at, "reason": reason}
        )
        return self._call(types.Grant, "POST", "/grants", sent, key=key)

    def create_hold(
        self,
        *,
        credits: int,
        expires_in: int | None = LEFT_OUT,
        reference: str | None = LEFT_OUT,
        key: str | None = None,
    ) -> types.HoldMade:
        """Set credits aside."""
        sent = _calls.given({"credits": credits, "expires_in": expires_in, "reference": reference})
        return self._call(types.HoldMade, "POST", "/holds", sent, key=key)

    def create_inbox(
        self,
        *,
        name: str,
        kind: Literal["shared", "personal"] = LEFT_OUT,
        members: Sequence[str] = LEFT_OUT,
        key: str | None = None,
    ) -> types.Inbox:
        """Make an inbox."""
        sent = _calls.given({"name": name, "kind": kind, "members": members})
        return self._call(types.Inbox, "POST", "/inboxes", sent, key=key)

    def create_invitations(
        self,
        *,
        role: Literal["admin", "manager", "member", "observer"],
        email: str | None = LEFT_OUT,
        emails: Sequence[str] = LEFT_OUT,
        inboxes: Sequence[str] = LEFT_OUT,
        key: str | None = None,
    ) -> types.Invitations:
        """Invite people by mail, one or several, all or none. Each link is good for a week and for its address alone."""
        sent = _calls.given({"email": email, "emails": emails, "role": role, "inboxes": inboxes})
        return self._call(types.Invitations, "POST", "/invitations", sent, key=key)

    def create_member(
        self, *, email: str, name: str, role: Literal["admin", "manager", "member", "observer"], key: str | None = None
    ) -> types.Member:
        """Make somebody a member at once; the login is made where there is none."""
        sent = _calls.given({"email": email, "name": name, "role": role})
        return self._call(types.Member, "POST", "/members", sent, key=key)

    def create_number(self, *, number: str, inbox: str | None = LEFT_OUT, key: str | None = None) -> types.Number:
        """Get a number into a place that is free, in the plan or paid for."""
        sent = _calls.given({"number": number, "inbox": inbox})
        return self._call(types.Number, "POST", "/numbers", sent, key=key)

    def create_pack(self, *, credits: int, price: types.MoneyIn, key: str | None = None) -> types.Pack:
        """Add a pack of credits to buy."""
        sent = _calls.given({"credits": credits, "price": price})
        return self._call(types.Pack, "POST", "/packs", sent, key=key)

    def create_payment_method(
        self,
        *,
        sandbox: Literal[
            "visa_ok",
            "declined",
            "declined_final",
            "needs_action",
            "unknown_then_ok",
            "unknown_then_declined",
            "processing_then_ok",
        ],
        key: str | None = None,
    ) -> types.Card:
        """Add a sandbox card; the first one becomes the default. In live mode the provider's page adds cards."""
        sent = _calls.given({"sandbox": sandbox})
        return self._call(types.Card, "POST", "/payment_methods", sent, key=key)

    def create_plan(
        self,
        *,
        name: str,
        code: str | None = LEFT_OUT,
        rank: int = LEFT_OUT,
        limits: Mapping[str, int] = LEFT_OUT,
        features: Sequence[str] = LEFT_OUT,
        prices: Sequence[types.PriceIn] = LEFT_OUT,
        key: str | None = None,
    ) -> types.Plan:
        """Add a plan with its prices. It belongs to the mode of the key that makes it."""
        sent = _calls.given(
            {"name": name, "code": code, "rank": rank, "limits": limits, "features": features, "prices": prices}
        )
        return self._call(types.Plan, "POST", "/plans", sent, key=key)

    def create_price(
        self,
        plan_id: str,
        *,
        interval: Literal["month", "year"],
        credits: int,
        price: types.MoneyIn,
        key: str | None = None,
    ) -> types.Price:
        """Add a price to a plan. Adding one withdraws nothing."""
        sent = _calls.given({"interval": interval, "credits": credits, "price": price})
        return self._call(types.Price, "POST", f"/plans/{plan_id}/prices", sent, key=key)

    def create_quote(
        self,
        *,
        change_plan: types.ChangePlan | None = LEFT_OUT,
        buy_credits: types.BuyCredits | None = LEFT_OUT,
        add_number: types.AddNumber | None = LEFT_OUT,
        add_seats: types.AddSeats | None = LEFT_OUT,
        remove_add_on: types.RemoveAddOn | None = LEFT_OUT,
        cancel: types.Cancel | None = LEFT_OUT,
        reactivate: types.Reactivate | None = LEFT_OUT,
        pay_overdue: types.PayOverdue | None = LEFT_OUT,
        payment_method: str | None = LEFT_OUT,
        key: str | None = None,
    ) -> types.Quote:
        """Make a quote: what one change costs, and what it does to every grant."""
        sent = _calls.given(
            {
                "change_plan": change_plan,
                "buy_credits": buy_credits,
                "add_number": add_number,
                "add_seats": add_seats,
                "remove_add_on": remove_add_on,
                "cancel": cancel,
                "reactivate": reactivate,
                "pay_overdue": pay_overdue,
                "payment_method": payment_method,
            }
        )
        return self._call(types.Quote, "POST", "/quotes", sent, key=key)

    def create_refund(
        self,
        *,
        order: str,
        reason: Literal["customer", "operator"],
        amount: types.MoneyIn | None = LEFT_OUT,
        keep_credits: bool = LEFT_OUT,
        preview: bool = LEFT_OUT,
        mark: str | None = LEFT_OUT,
        note: str = LEFT_OUT,
        key: str | None = None,
    ) -> types.Refund:
        """Give money back by grant, or preview it."""
        sent = _calls.given(
            {
                "order": order,
                "reason": reason,
                "amount": amount,
                "keep_credits": keep_credits,
                "preview": preview,
                "mark": mark,
                "note": note,
            }
        )
        return self._call(types.Refund, "POST", "/refunds", sent, key=key)

    def create_tax_rate(
        self,
        *,
        country: str,
        rate_basis_points: int,
        name: str = LEFT_OUT,
        inclusive: bool = LEFT_OUT,
        reverse_charge: bool = LEFT_OUT,
        starts_at: str | None = LEFT_OUT,
        key: str | None = None,
    ) -> types.TaxRate:
        """Add a row to the tax table. It belongs to the mode of the key; rows are never edited."""
        sent = _calls.given(
            {
                "country": country,
                "name": name,
                "rate_basis_points": rate_basis_points,
                "inclusive": inclusive,
                "reverse_charge": reverse_charge,
                "starts_at": starts_at,
            }
        )
        return self._call(types.TaxRate, "POST", "/tax_rates", sent, key=key)

    def create_test_clock(self, *, now: str, running: bool = LEFT_OUT, key: str | None = None) -> types.Clock:
        """Make a clock that test accounts can live by."""
        sent = _calls.given({"now": now, "running": running})
        return self._call(types.Clock, "POST", "/test_clocks", sent, key=key)

    def create_test_event(self, *, kind: str = LEFT_OUT, key: str | None = None) -> types.Event:
        """Make an event with `"test": true` for all endpoints."""
        sent = _calls.given({"kind": kind})
        return self._call(types.Event, "POST", "/events/test", sent, key=key)

    def create_usage(
        self,
        *,
        credits: int,
        kind: Literal["call", "lookup", "mms", "other", "text", "transcript"],
        reference: str | None = LEFT_OUT,
        member: str | None = LEFT_OUT,
        inbox: str | None = LEFT_OUT,
        number: str | None = LEFT_OUT,
        parts: int | None = LEFT_OUT,
        metadata: Mapping[str, str | bool | int | None] | None = LEFT_OUT,
        key: str | None = None,
    ) -> types.UsageMade:
        """Spend credits."""
        sent = _calls.given(
            {
                "credits": credits,
                "kind": kind,
                "reference": reference,
                "member": member,
                "inbox": inbox,
                "number": number,
                "parts": parts,
                "metadata": metadata,
            }
        )
        return self._call(types.UsageMade, "POST", "/usage", sent, key=key)

    def create_usage_batch(
        self,
        *,
        items: Sequence[types.BatchUsage],
        mode: Literal["all_or_nothing", "partial"] = LEFT_OUT,
        key: str | None = None,
    ) -> types.BatchMade:
        """Spend for up to 10,000 items."""
        sent = _calls.given({"items": items, "mode": mode})
        return self._call(types.BatchMade, "POST", "/usage/batch", sent, key=key)

    def create_webhook_endpoint(
        self, *, url: str, kinds: Sequence[str] = LEFT_OUT, description: str = LEFT_OUT, key: str | None = None
    ) -> types.Endpoint:
        """Let an address hear of events. Its secret is in this answer alone."""
        sent = _calls.given({"url": url, "kinds": kinds, "description": description})
        return self._call(types.Endpoint, "POST", "/webhook_endpoints", sent, key=key)

    def delete_number(self, number_id: str, *, keep_place: bool | None = None) -> types.Number:
        """Delete a number. Its paid place ends with the period, unless `keep_place`. It can be restored for 30 days."""
        params = _calls.given({"keep_place": keep_place})
        return self._call(types.Number, "DELETE", f"/numbers/{number_id}", params=params)

    def estimate_broadcast(
        self,
        *,
        name: str,
        from_: str,
        recipients: Sequence[types.RecipientIn],
        body: str = LEFT_OUT,
        media: Sequence[str] = LEFT_OUT,
        pace: int = LEFT_OUT,
        key: str | None = None,
    ) -> types.BroadcastEstimate:
        """What a broadcast would send and cost, and who is left out. Nothing is kept."""
        sent = _calls.given(
            {"name": name, "from": from_, "body": body, "media": media, "pace": pace, "recipients": recipients}
        )
        return self._call(types.BroadcastEstimate, "POST", "/broadcasts/estimate", sent, key=key)

    def estimate_message(
        self,
        *,
        body: str = LEFT_OUT,
        media: Sequence[str] = LEFT_OUT,
        to: str | None = LEFT_OUT,
        key: str | None = None,
    ) -> types.Estimate:
        """What a text would cost. The cost shown is the cost charged."""
        sent = _calls.given({"body": body, "media": media, "to": to})
        return self._call(types.Estimate, "POST", "/messages/estimate", sent, key=key)

    def explain_entry(self, entry_id: str) -> types.Why:
        """The trace of one movement: which grants, in which order, and what was undone since."""
        return self._call(types.Why, "GET", f"/ledger/{entry_id}/why")

    def get_account(self) -> types.Account:
        """The account, with a summary of its subscription."""
        return self._call(types.Account, "GET", "/account")

    def get_advice(self) -> types.Advice:
        """How long the credits last, the best next step at this balance, and the plan that fits: each worked out."""
        return self._call(types.Advice, "GET", "/advice")

    def get_auto_recharge(
        self,
        *,
        threshold: int | None | None = None,
        pack: str | None | None = None,
        max_per_day: int | None | None = None,
        max_per_month: int | None | None = None,
    ) -> types.AutoRecharge:
        """The rule, the sentence to agree to, how it stands, and what would have been cheaper."""
        params = _calls.given(
            {"threshold": threshold, "pack": pack, "max_per_day": max_per_day, "max_per_month": max_per_month}
        )
        return self._call(types.AutoRecharge, "GET", "/auto_recharge", params=params)

    def get_balance(self, *, expand: Literal["grants"] | None = None) -> types.Balance:
        """The balance now."""
        params = _calls.given({"expand": expand})
        return self._call(types.Balance, "GET", "/balance", params=params)

    def get_billing_details(self) -> types.BillingDetails:
        """Whom future invoices name."""
        return self._call(types.BillingDetails, "GET", "/billing_details")

    def get_broadcast(self, broadcast_id: str) -> types.Broadcast:
        """A broadcast and how far it is. Its texts are in `GET /v1/messages?broadcast=`."""
        return self._call(types.Broadcast, "GET", f"/broadcasts/{broadcast_id}")

    def get_calendar(self, *, count: int | None = None) -> list[types.Boundary]:
        """The next boundaries, the soonest first."""
        params = _calls.given({"count": count})
        return self._rows(types.Boundary, "/subscription/calendar", params=params)

    def get_credit_note(self, note_id: str) -> types.CreditNote:
        """What was taken back of an invoice."""
        return self._call(types.CreditNote, "GET", f"/credit_notes/{note_id}")

    def get_credit_note_pdf(self, note_id: str) -> bytes:
        """The credit note as a tagged PDF."""
        return self._call(bytes, "GET", f"/credit_notes/{note_id}/pdf", accept="application/pdf")

    def get_hold(self, hold_id: str) -> types.HoldOut:
        """One hold and what became of it."""
        return self._call(types.HoldOut, "GET", f"/holds/{hold_id}")

    def get_inbox(self, inbox_id: str) -> types.Inbox:
        """One inbox."""
        return self._call(types.Inbox, "GET", f"/inboxes/{inbox_id}")

    def get_invitation(self, invitation_id: str) -> types.Invitation:
        """One invitation."""
        return self._call(types.Invitation, "GET", f"/invitations/{invitation_id}")

    def get_invoice(self, invoice_id: str) -> types.Invoice:
        """One invoice with its lines, taxes and credit notes."""
        return self._call(types.Invoice, "GET", f"/invoices/{invoice_id}")

    def get_invoice_pdf(self, invoice_id: str) -> bytes:
        """The invoice as a tagged PDF: the same bytes each time while its payment state stays."""
        return self._call(bytes, "GET", f"/invoices/{invoice_id}/pdf", accept="application/pdf")

    def get_member(self, member_id: str) -> types.Member:
        """One member."""
        return self._call(types.Member, "GET", f"/members/{member_id}")

    def get_message(self, message_id: str) -> types.Message:
        """A text, and which grants paid for it."""
        return self._call(types.Message, "GET", f"/messages/{message_id}")

    def get_number(self, number_id: str) -> types.Number:
        """One phone number."""
        return self._call(types.Number, "GET", f"/numbers/{number_id}")

    def get_order(self, order_id: str) -> types.Order:
        """An order with its charges."""
        return self._call(types.Order, "GET", f"/orders/{order_id}")

    def get_policies(self) -> types.Policies:
        """The newest version of all policies."""
        return self._call(types.Policies, "GET", "/policies")

    def get_quote(self, quote_id: str) -> types.Quote:
        """A quote as it was shown."""
        return self._call(types.Quote, "GET", f"/quotes/{quote_id}")

    def get_refund(self, refund_id: str) -> types.Refund:
        """One refund."""
        return self._call(types.Refund, "GET", f"/refunds/{refund_id}")

    def get_statement(
        self, *, from_: str | None | None = None, to: str | None | None = None
    ) -> types.StatementOut:
        """Opening balance, every movement, closing balance: as JSON, CSV or PDF by `Accept`, with the same totals."""
        params = _calls.given({"from": from_, "to": to})
        return self._call(types.StatementOut, "GET", "/statement", params=params)

    def get_subscription(self) -> types.Subscription:
        """The subscription that is, or was last."""
        return self._call(types.Subscription, "GET", "/subscription")

    def get_test_clock(self, clock_id: str) -> types.Clock:
        """A clock and its instant now."""
        return self._call(types.Clock, "GET", f"/test_clocks/{clock_id}")

    def get_webhook_endpoint(self, endpoint_id: str) -> types.Endpoint:
        """One endpoint, with how it is doing."""
        return self._call(types.Endpoint, "GET", f"/webhook_endpoints/{endpoint_id}")

    def keep_add_on(self, kind: str, *, key: str | None = None) -> types.AddOns:
        """Undo removals of `seat` or `number` that have not taken effect. Free."""
        return self._call(types.AddOns, "POST", f"/add_ons/{kind}/keep", key=key)

    def list_add_ons(self) -> types.AddOns:
        """Seats and numbers: how many the plan includes, how many are paid beyond it, and how many of those nobody uses."""
        return self._call(types.AddOns, "GET", "/add_ons")

    def list_available_numbers(
        self, *, kind: Literal["local", "toll_free"] | None = None, area: str | None = None
    ) -> types.AvailableNumbers:
        """Numbers that the carrier has now; `area` is an area code."""
        params = _calls.given({"kind": kind, "area": area})
        return self._call(types.AvailableNumbers, "GET", "/numbers/available", params=params)

    def list_packs(self) -> list[types.Pack]:
        """All packs on offer, the smallest first."""
        return self._rows(types.Pack, "/packs")

    def list_plans(self) -> list[types.Plan]:
        """All plans on offer, the lowest rank first."""
        return self._rows(types.Plan, "/plans")

    def put_auto_recharge(
        self,
        *,
        enabled: bool,
        threshold: int | None = LEFT_OUT,
        pack: str | None = LEFT_OUT,
        max_per_day: int | None = LEFT_OUT,
        max_per_month: types.MoneyIn | None = LEFT_OUT,
        payment_method: str | None = LEFT_OUT,
        backup_payment_method: str | None = LEFT_OUT,
        consent: str | None = LEFT_OUT,
    ) -> types.AutoRecharge:
        """Turn it on, off, or change it."""
        sent = _calls.given(
            {
                "enabled": enabled,
                "threshold": threshold,
                "pack": pack,
                "max_per_day": max_per_day,
                "max_per_month": max_per_month,
                "payment_method": payment_method,
                "backup_payment_method": backup_payment_method,
                "consent": consent,
            }
        )
        return self._call(types.AutoRecharge, "PUT", "/auto_recharge", sent)

    def put_billing_details(
        self,
        *,
        name: str = LEFT_OUT,
        line1: str = LEFT_OUT,
        line2: str = LEFT_OUT,
        postal_code: str = LEFT_OUT,
        city: str = LEFT_OUT,
        region: str = LEFT_OUT,
        country: str = LEFT_OUT,
        tax_id: str = LEFT_OUT,
        emails: Sequence[str] = LEFT_OUT,
    ) -> types.BillingDetails:
        """Say whom future invoices name. Final ones keep what they said; a quote whose tax this changes becomes stale."""
        sent = _calls.given(
            {
                "name": name,
                "line1": line1,
                "line2": line2,
                "postal_code": postal_code,
                "city": city,
                "region": region,
                "country": country,
                "tax_id": tax_id,
                "emails": emails,
            }
        )
        return self._call(types.BillingDetails, "PUT", "/billing_details", sent)

    def put_policies(self, wanted: Mapping[str, Any]) -> types.Policies:
        """Make a new version. What is left out stays as it is; periods that have begun keep their version."""
        return self._call(types.Policies, "PUT", "/policies", wanted)

    def release_hold(self, hold_id: str, *, key: str | None = None) -> types.HoldEnded:
        """Give back what is held."""
        return self._call(types.HoldEnded, "POST", f"/holds/{hold_id}/release", key=key)

    def remove_inbox(self, inbox_id: str, *, move_to: str | None | None = None) -> types.Inbox:
        """Remove an inbox. Its numbers go to `move_to`, or wait for another. It can be restored for 30 days."""
        params = _calls.given({"move_to": move_to})
        return self._call(types.Inbox, "DELETE", f"/inboxes/{inbox_id}", params=params)

    def remove_member(
        self, member_id: str, *, successor: str | None | None = None, drop_seat: bool | None = None
    ) -> types.Removed:
        """Remove a member. Their personal inboxes go to the `successor`, by default to the Owner."""
        params = _calls.given({"successor": successor, "drop_seat": drop_seat})
        return self._call(types.Removed, "DELETE", f"/members/{member_id}", params=params)

    def remove_payment_method(self, card_id: str) -> types.Removed:
        """Remove a card. Not while a charge on it is undecided."""
        return self._call(types.Removed, "DELETE", f"/payment_methods/{card_id}")

    def remove_webhook_endpoint(self, endpoint_id: str) -> types.Removed:
        """Give an endpoint up. What was still due there is dropped."""
        return self._call(types.Removed, "DELETE", f"/webhook_endpoints/{endpoint_id}")

    def replay_delivery(self, endpoint_id: str, event_id: str, *, key: str | None = None) -> types.Delivery:
        """Deliver one event anew, with the same webhook-id."""
        return self._call(
            types.Delivery, "POST", f"/webhook_endpoints/{endpoint_id}/deliveries/{event_id}/replay", key=key
        )

    def replay_failed_deliveries(self, endpoint_id: str, *, since: str, key: str | None = None) -> types.Replayed:
        """Deliver anew what has failed or was dropped since an instant, at most 10,000."""
        sent = _calls.given({"since": since})
        return self._call(types.Replayed, "POST", f"/webhook_endpoints/{endpoint_id}/replay", sent, key=key)

    def resend_invitation(self, invitation_id: str, *, key: str | None = None) -> types.Invitation:
        """Send a fresh link, good for a week; older links end."""
        return self._call(types.Invitation, "POST", f"/invitations/{invitation_id}/resend", key=key)

    def restore_inbox(self, inbox_id: str, *, key: str | None = None) -> types.Inbox:
        """Undo a removal."""
        return self._call(types.Inbox, "POST", f"/inboxes/{inbox_id}/restore", key=key)

    def restore_number(self, number_id: str, *, key: str | None = None) -> types.Number:
        """Undo a deletion."""
        return self._call(types.Number, "POST", f"/numbers/{number_id}/restore", key=key)

    def resume_subscription(self, *, key: str | None = None) -> types.Subscription:
        """Lift a cancellation that has not taken effect. Free."""
        return self._call(types.Subscription, "POST", "/subscription/resume", key=key)

    def reverse_usage(
        self, usage_id: str, *, reason: str, credits: int | None = LEFT_OUT, key: str | None = None
    ) -> types.Reversed:
        """Give credits of a spend back."""
        sent = _calls.given({"reason": reason, "credits": credits})
        return self._call(types.Reversed, "POST", f"/usage/{usage_id}/reverse", sent, key=key)

    def revoke_api_key(self, key_id: str) -> types.ApiKey:
        """End a key at once."""
        return self._call(types.ApiKey, "DELETE", f"/api_keys/{key_id}")

    def revoke_calendar_address(self) -> types.CalendarAddress:
        """End the secret address at once."""
        return self._call(types.CalendarAddress, "DELETE", "/subscription/calendar/address")

    def revoke_invitation(self, invitation_id: str) -> types.Invitation:
        """Take an open invitation back."""
        return self._call(types.Invitation, "DELETE", f"/invitations/{invitation_id}")

    def rotate_api_key(
        self, key_id: str, *, overlap_hours: int = LEFT_OUT, key: str | None = None
    ) -> types.ApiKey:
        """Make a second key like this one, which lives on for `overlap_hours`."""
        sent = _calls.given({"overlap_hours": overlap_hours})
        return self._call(types.ApiKey, "POST", f"/api_keys/{key_id}/rotate", sent, key=key)

    def rotate_webhook_secret(
        self, endpoint_id: str, *, overlap_hours: int = LEFT_OUT, key: str | None = None
    ) -> types.Endpoint:
        """Make a new secret. Deliveries bear both signatures for `overlap_hours`."""
        sent = _calls.given({"overlap_hours": overlap_hours})
        return self._call(types.Endpoint, "POST", f"/webhook_endpoints/{endpoint_id}/rotate", sent, key=key)

    def send_broadcast(
        self, broadcast_id: str, *, credits: int | None = LEFT_OUT, key: str | None = None
    ) -> types.Broadcast:
        """Hold all its credits and send it; or refuse it whole."""
        sent = _calls.given({"credits": credits})
        return self._call(types.Broadcast, "POST", f"/broadcasts/{broadcast_id}/send", sent, key=key)

    def send_message(
        self,
        *,
        from_: str,
        to: str,
        body: str = LEFT_OUT,
        media: Sequence[str] = LEFT_OUT,
        send_at: str | None = LEFT_OUT,
        at_zero: Literal["refuse", "wait"] = LEFT_OUT,
        key: str | None = None,
    ) -> types.Message:
        """Send a text."""
        sent = _calls.given(
            {"from": from_, "to": to, "body": body, "media": media, "send_at": send_at, "at_zero": at_zero}
        )
        return self._call(types.Message, "POST", "/messages", sent, key=key)

    def send_waiting_message(self, message_id: str, *, key: str | None = None) -> types.Message:
        """Send a text that waits for credits, or for its time, now."""
        return self._call(types.Message, "POST", f"/messages/{message_id}/send", key=key)

    def setup_payment_method(self, *, key: str | None = None) -> types.SetupPage:
        """The page on which a card is entered: the provider's in live mode, the sandbox's in test mode."""
        return self._call(types.SetupPage, "POST", "/payment_methods/setup", key=key)

    def test_webhook_endpoint(
        self, endpoint_id: str, *, kind: str = LEFT_OUT, key: str | None = None
    ) -> types.Event:
        """Send this endpoint an event with `"test": true`, whatever it asked for."""
        sent = _calls.given({"kind": kind})
        return self._call(types.Event, "POST", f"/webhook_endpoints/{endpoint_id}/test", sent, key=key)

    def undo_scheduled_change(self) -> types.Subscription:
        """Keep the present plan instead of the scheduled one. Free."""
        return self._call(types.Subscription, "DELETE", "/subscription/scheduled_change")

    def update_account(self, *, name: str | None = LEFT_OUT, timezone: str | None = LEFT_OUT) -> types.Account:
        """Rename the account, or move it to another time zone."""
        sent = _calls.given({"name": name, "timezone": timezone})
        return self._call(types.Account, "PATCH", "/account", sent)

    def update_inbox(
        self, inbox_id: str, *, name: str | None = LEFT_OUT, members: Sequence[str] | None = LEFT_OUT
    ) -> types.Inbox:
        """Rename an inbox, or say anew who works in it."""
        sent = _calls.given({"name": name, "members": members})
        return self._call(types.Inbox, "PATCH", f"/inboxes/{inbox_id}", sent)

    def update_invitation(
        self,
        invitation_id: str,
        *,
        role: Literal["admin", "manager", "member", "observer"],
        inboxes: Sequence[str] | None = LEFT_OUT,
    ) -> types.Invitation:
        """Change what an open invitation gives. The link stays good."""
        sent = _calls.given({"role": role, "inboxes": inboxes})
        return self._call(types.Invitation, "PATCH", f"/invitations/{invitation_id}", sent)

    def update_member(
        self,
        member_id: str,
        *,
        role: Literal["admin", "manager", "member", "observer"],
        successor: str | None = LEFT_OUT,
        drop_seat: bool = LEFT_OUT,
    ) -> types.Member:
        """Change a member's role: never above the key's own rank, never the Owner's."""
        sent = _calls.given({"role": role, "successor": successor, "drop_seat": drop_seat})
        return self._call(types.Member, "PATCH", f"/members/{member_id}", sent)

    def update_number(
        self, number_id: str, *, name: str | None = LEFT_OUT, inbox: str | None = LEFT_OUT
    ) -> types.Number:
        """Name a number, or assign it to an inbox."""
        sent = _calls.given({"name": name, "inbox": inbox})
        return self._call(types.Number, "PATCH", f"/numbers/{number_id}", sent)

    def update_payment_method(
        self,
        card_id: str,
        *,
        default: bool | None = LEFT_OUT,
        recharge: bool | None = LEFT_OUT,
        backup: bool | None = LEFT_OUT,
    ) -> types.Card:
        """Say what a card is for: the default, recharges, or the backup of recharges."""
        sent = _calls.given({"default": default, "recharge": recharge, "backup": backup})
        return self._call(types.Card, "PATCH", f"/payment_methods/{card_id}", sent)

    def update_webhook_endpoint(
        self,
        endpoint_id: str,
        *,
        url: str | None = LEFT_OUT,
        kinds: Sequence[str] | None = LEFT_OUT,
        description: str | None = LEFT_OUT,
        enabled: bool | None = LEFT_OUT,
    ) -> types.Endpoint:
        """Change the address, what it hears of, or whether it hears anything."""
        sent = _calls.given({"url": url, "kinds": kinds, "description": description, "enabled": enabled})
        return self._call(types.Endpoint, "PATCH", f"/webhook_endpoints/{endpoint_id}", sent)

    def list_api_keys(self) -> Iterator[types.ApiKey]:
        """The account's keys, those that have ended too. Never their secrets."""
        return self.pages(types.ApiKey, "/api_keys")

    def list_auto_recharge_decisions(self) -> Iterator[types.RechargeDecision]:
        """Each decision and why: written when the balance is found below the threshold, and when the reason changes."""
        return self.pages(types.RechargeDecision, "/auto_recharge/decisions")

    def list_broadcasts(self) -> Iterator[types.Broadcast]:
        """Broadcasts, the newest first."""
        return self.pages(types.Broadcast, "/broadcasts")

    def list_deliveries(
        self, endpoint_id: str, *, state: Literal["pending", "delivered", "failed", "dropped"] | None | None = None
    ) -> Iterator[types.Delivery]:
        """What became of each event at this endpoint, kept for 30 days after it ended."""
        params = _calls.given({"state": state})
        return self.pages(types.Delivery, f"/webhook_endpoints/{endpoint_id}/deliveries", params)

    def list_disputes(self) -> Iterator[types.Dispute]:
        """Payments that customers' banks took back."""
        return self.pages(types.Dispute, "/disputes")

    def list_events(self, *, kind: str | None | None = None) -> Iterator[types.Event]:
        """What happened in the account."""
        params = _calls.given({"kind": kind})
        return self.pages(types.Event, "/events", params)

    def list_holds(self) -> Iterator[types.HoldOut]:
        """Holds, open and ended."""
        return self.pages(types.HoldOut, "/holds")

    def list_inboxes(self) -> Iterator[types.Inbox]:
        """The account's inboxes, with those whose removal can still be undone."""
        return self.pages(types.Inbox, "/inboxes")

    def list_invitations(self) -> Iterator[types.Invitation]:
        """All invitations, with what became of each."""
        return self.pages(types.Invitation, "/invitations")

    def list_invoices(self) -> Iterator[types.Invoice]:
        """The account's invoices."""
        return self.pages(types.Invoice, "/invoices")

    def list_ledger(
        self,
        *,
        from_: str | None | None = None,
        to: str | None | None = None,
        kind: Literal["grant", "spend", "hold", "release", "capture", "expire", "revoke", "reverse", "owe", "settle"]
        | None
        | None = None,
        grant: str | None | None = None,
        inbox: str | None | None = None,
        number: str | None | None = None,
        member: str | None | None = None,
    ) -> Iterator[types.Entry]:
        """Every movement of credits, the newest first. The sum of all `credits` is what is available."""
        params = _calls.given(
            {"from": from_, "to": to, "kind": kind, "grant": grant, "inbox": inbox, "number": number, "member": member}
        )
        return self.pages(types.Entry, "/ledger", params)

    def list_members(self) -> Iterator[types.Member]:
        """Who belongs to the account."""
        return self.pages(types.Member, "/members")

    def list_messages(
        self,
        *,
        direction: Literal["in", "out"] | None | None = None,
        state: Literal["accepted", "waiting", "sent", "delivered", "failed", "received"] | None | None = None,
        broadcast: str | None | None = None,
        number: str | None | None = None,
    ) -> Iterator[types.Message]:
        """Texts out and in, the newest first. What came in at zero and is hidden is not among them."""
        params = _calls.given({"direction": direction, "state": state, "broadcast": broadcast, "number": number})
        return self.pages(types.Message, "/messages", params)

    def list_numbers(self) -> Iterator[types.Number]:
        """The account's phone numbers, with those whose deletion can still be undone."""
        return self.pages(types.Number, "/numbers")

    def list_orders(self) -> Iterator[types.Order]:
        """The account's orders: accepted quotes, and what the product does on consent (`renewal`, `recharge`)."""
        return self.pages(types.Order, "/orders")

    def list_payment_methods(self) -> Iterator[types.Card]:
        """The account's cards."""
        return self.pages(types.Card, "/payment_methods")

    def list_periods(self) -> Iterator[types.Period]:
        """All periods that have begun, the newest first; they tile."""
        return self.pages(types.Period, "/subscription/periods")

    def list_refunds(self) -> Iterator[types.Refund]:
        """What was given back."""
        return self.pages(types.Refund, "/refunds")

    def list_requests(
        self, *, outcome: Literal["good", "refused", "failed"] | None | None = None
    ) -> Iterator[types.LoggedRequest]:
        """Calls of the last 30 days, some seconds after they were answered."""
        params = _calls.given({"outcome": outcome})
        return self.pages(types.LoggedRequest, "/requests", params)

    def list_tax_rates(self) -> Iterator[types.TaxRate]:
        """All rows of the tax table of this mode, those that later ones replaced too."""
        return self.pages(types.TaxRate, "/tax_rates")

    def list_webhook_endpoints(self) -> Iterator[types.Endpoint]:
        """The addresses that hear of the account's events."""
        return self.pages(types.Endpoint, "/webhook_endpoints")
