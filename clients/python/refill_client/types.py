"""What the API takes and answers, as typed dictionaries. Made by make_calls.py; change that one."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict


class Account(TypedDict):
    """An account with what it is on. `order` is that of the first charge, where there was one."""

    id: str
    name: str
    timezone: str
    currency: str
    status: Literal["active", "incomplete", "past_due", "suspended", "canceled", "purged"]
    livemode: bool
    created_at: str
    test_clock: str | None
    subscription: Subscription | None
    allowance: Allowance | None
    order: NotRequired[Order | None]


class AccountChange(TypedDict):
    name: NotRequired[str | None]
    timezone: NotRequired[str | None]


class AccountIn(TypedDict):
    """A paying customer to be. `anchor` is the instant that periods are counted from: now, or a past one."""

    name: str
    timezone: str
    currency: str
    owner: OwnerIn
    price: NotRequired[str | None]
    anchor: NotRequired[str | None]
    test_clock: NotRequired[str | None]
    payment_method: NotRequired[
        CardIn
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
        | None
    ]
    trial: NotRequired[bool]


class ActionIn(TypedDict):
    """What the customer did at the provider's, in the sandbox."""

    outcome: Literal["authenticated", "failed"]


class AddNumber(TypedDict):
    """A place for a further number; or, with `number`, a number of the carrier's, in a free place if there is one."""

    quantity: NotRequired[int]
    number: NotRequired[str | None]
    inbox: NotRequired[str | None]


class AddOn(TypedDict):
    """Seats or numbers. `included` is null where the plan names no limit; `unused` are paid for and used by nobody."""

    kind: Literal["seat", "number"]
    included: int | None
    paid: int
    at_renewal: int
    used: int
    promised: int
    unused: int


class AddOns(TypedDict):
    data: list[AddOn]


class AddSeats(TypedDict):
    quantity: int


class AdvanceIn(TypedDict):
    """Move on to an instant; with `work` false as if the worker were down."""

    to: str
    work: NotRequired[bool]


class Advice(TypedDict):
    """Worked out from the account's own history; nothing is guessed, and nothing changes."""

    runway: RunwayOut
    next_step: StepOut
    plan_fit: PlanFit | None


class Allowance(TypedDict):
    """The plan's credits of this period."""

    granted: int
    remaining: int
    resets_at: str | None


class ApiKey(TypedDict):
    """A key; `secret` is in the answer that makes it and in no other. `prefix` is how it is recognised."""

    id: str
    name: str
    role: Literal["observer", "member", "manager", "admin", "owner"]
    scopes: list[Literal["read", "send", "billing", "develop", "operate", "*"]]
    prefix: str
    state: Literal["live", "expired", "revoked", "dead"]
    made_by: str | None
    created_at: str
    expires_at: str | None
    last_used_at: str | None
    secret: NotRequired[str | None]


class ApiKeyIn(TypedDict):
    """A key to be. No scopes: all that the role may."""

    name: str
    role: Literal["owner", "admin", "manager", "member", "observer"]
    scopes: NotRequired[list[Literal["read", "send", "billing", "develop"]]]
    expires_at: NotRequired[str | None]


class Asked(TypedDict):
    """Values to read the sentence for; those left out are the account's own, or those offered."""

    threshold: NotRequired[int | None]
    pack: NotRequired[str | None]
    max_per_day: NotRequired[int | None]
    max_per_month: NotRequired[int | None]


class AutoRecharge(TypedDict):
    """How it stands. `sentence` is what saving these values asks consent to; `consent` what was agreed to last."""

    enabled: bool
    threshold: int
    pack: str | None
    max_per_day: int
    max_per_month: Money
    payment_method: str | None
    backup_payment_method: str | None
    sentence: str | None
    fires_now: bool
    warnings: list[str]
    consent: str | None
    consented_by: str | None
    consented_at: str | None
    state: Literal["off", "ready", "charging", "retrying", "needs_action", "capped", "stopped"]
    reason: str | None
    until: str | None
    broken_payment_methods: list[str]
    order: str | None
    action_url: str | None
    today: int
    this_month: Money
    advice: RechargeAdvice | None


class AutoRechargeIn(TypedDict):
    """The rule. What is left out stays as it was. `consent` is the sentence that the answer to a call without it gives."""

    enabled: bool
    threshold: NotRequired[int | None]
    pack: NotRequired[str | None]
    max_per_day: NotRequired[int | None]
    max_per_month: NotRequired[MoneyIn | None]
    payment_method: NotRequired[str | None]
    backup_payment_method: NotRequired[str | None]
    consent: NotRequired[str | None]


class AvailableNumber(TypedDict):
    """A number that can be had now."""

    number: str
    kind: Literal["local", "toll_free"]
    country: str
    place: str


class AvailableNumbers(TypedDict):
    """In the carrier's order."""

    data: list[AvailableNumber]


class Balance(TypedDict):
    """Kept totals. `available` is what can be spent now: the sum of what remains of each source."""

    available: int
    held: int
    owed: int
    allowance: Allowance | None
    promotion: Remaining
    purchased: Remaining
    grants: NotRequired[list[Lot] | None]


class Batch(TypedDict):
    """Up to 10,000 spends. `all_or_nothing` takes all or none; `partial` takes each that still fits, in order."""

    items: list[BatchUsage]
    mode: NotRequired[Literal["all_or_nothing", "partial"]]


class BatchMade(TypedDict):
    """The results in the order of the items; `balance` is what is available after them."""

    balance: int
    results: list[BatchResult]


class BatchResult(TypedDict):
    """What became of one item: `code` says why where it was refused."""

    key: str
    status: Literal["refused", "replayed", "spent"]
    id: str | None
    code: str | None


class BatchUsage(TypedDict):
    """One spend of a batch, under a key of its own."""

    key: str
    credits: int
    kind: Literal["call", "lookup", "mms", "other", "text", "transcript"]
    reference: NotRequired[str | None]


Between = TypedDict(
    "Between",
    {
        "from": "NotRequired[str | None]",
        "to": "NotRequired[str | None]",
    },
)


class BillingDetails(TypedDict):
    """Whom future invoices name, and where they are mailed beside Owners and Admins."""

    name: str
    line1: str
    line2: str
    postal_code: str
    city: str
    region: str
    country: str
    tax_id: str
    emails: list[str]


class BillingDetailsIn(TypedDict):
    """Whom future invoices name. What is left out is emptied; without a name it is the account's."""

    name: NotRequired[str]
    line1: NotRequired[str]
    line2: NotRequired[str]
    postal_code: NotRequired[str]
    city: NotRequired[str]
    region: NotRequired[str]
    country: NotRequired[str]
    tax_id: NotRequired[str]
    emails: NotRequired[list[str]]


class Boundary(TypedDict):
    """The start of a period to come; without a price, the end of the subscription."""

    index: int
    at: str
    kind: Literal["renewal", "end"]
    price: str | None
    credits: int


Broadcast = TypedDict(
    "Broadcast",
    {
        "id": "str",
        "name": "str",
        "state": 'Literal["draft", "sending", "done", "canceled"]',
        "number": "str",
        "from": "str",
        "body": "str | None",
        "media": "list[str]",
        "pace": "int",
        "texts": "int",
        "credits": "int",
        "charged": "int",
        "held": "int",
        "states": "dict[str, int]",
        "left_out": "dict[str, int]",
        "created_at": "str",
        "started_at": "str | None",
        "finished_at": "str | None",
        "first_left_out": "NotRequired[list[Left] | None]",
    },
)


class BroadcastEstimate(TypedDict):
    """What it would send and cost; nothing is kept."""

    texts: int
    parts: int
    credits: int
    left_out: dict[str, int]
    first_left_out: list[Left]


BroadcastIn = TypedDict(
    "BroadcastIn",
    {
        "name": "str",
        "from": "str",
        "body": "NotRequired[str]",
        "media": "NotRequired[list[str]]",
        "pace": "NotRequired[int]",
        "recipients": "list[RecipientIn]",
    },
)


class BuyCredits(TypedDict):
    pack: str
    quantity: NotRequired[int]


class CalendarAddress(TypedDict):
    """A secret address, shown once; none when it is revoked."""

    url: str | None


class Cancel(TypedDict):
    """Nothing more is asked."""


class Capture(TypedDict):
    """How much of the hold is used; the rest is released. All of it without `credits`."""

    credits: NotRequired[int | None]


class Card(TypedDict):
    """A card that the provider keeps."""

    id: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int
    default: bool
    recharge: bool
    backup: bool
    created_at: str


class CardChange(TypedDict):
    default: NotRequired[bool | None]
    recharge: NotRequired[bool | None]
    backup: NotRequired[bool | None]


class CardIn(TypedDict):
    """A card of the sandbox."""

    sandbox: Literal[
        "visa_ok",
        "declined",
        "declined_final",
        "needs_action",
        "unknown_then_ok",
        "unknown_then_declined",
        "processing_then_ok",
    ]


class ChangePlan(TypedDict):
    price: str


class Charge(TypedDict):
    """One intent to take money."""

    id: str
    state: Literal["created", "sent", "succeeded", "declined", "needs_action", "unknown"]
    amount: Money
    decline_code: str | None
    payment_method: str | None
    created_at: str


class Clock(TypedDict):
    id: str
    now: str
    running: bool


class ClockIn(TypedDict):
    """A clock that test accounts live by; a running one keeps pace with real time."""

    now: str
    running: NotRequired[bool]


class CreditNote(TypedDict):
    """What was taken back of an invoice: a final document of its own."""

    id: str
    number: str
    invoice: str
    reason: Literal["customer", "operator", "dispute"]
    lines: list[DocumentLine]
    tax_lines: list[TaxLine]
    subtotal: Money
    tax: Money
    total: Money
    finalized_at: str
    hash: str


class Delivery(TypedDict):
    """What became of one event at one endpoint; the newest of its tries first."""

    event: str
    kind: str
    at: str
    data: dict[str, Any]
    state: Literal["pending", "delivered", "failed", "dropped"]
    tries: int
    created_at: str
    due_at: str | None
    ended_at: str | None
    attempts: list[DeliveryTry]


class DeliveryTry(TypedDict):
    """One try: the status that came back, and the beginning of the answer or what went wrong."""

    at: str
    status: int | None
    words: str
    milliseconds: int


class Dispute(TypedDict):
    """A customer's bank takes money back. `fee` is what the provider keeps for it."""

    id: str
    order: str
    reference: str
    state: Literal["open", "won", "lost"]
    amount: Money
    fee: Money
    credits: list[DisputedCredits]
    credit_note: str | None
    opened_at: str
    closed_at: str | None


class DisputeEnd(TypedDict):
    """What the bank decided."""

    won: bool


class DisputeIn(TypedDict):
    """Play a customer's bank, in test mode: it takes back an order's payment, or a part of it."""

    order: str
    amount: NotRequired[MoneyIn | None]
    fee: NotRequired[int]


class DisputedCredits(TypedDict):
    """Of one grant: what was unspent and taken, and what was used and is owed."""

    grant: str
    taken: int
    owed: int


class DocumentLine(TypedDict):
    description: str
    amount: Money
    working: str


class Endpoint(TypedDict):
    """An endpoint; `secret` is in the answers that make or rotate it and in no other."""

    id: str
    url: str
    description: str
    kinds: list[str]
    enabled: bool
    reason: Literal["gone", "failing", "person"] | None
    created_at: str
    old_secret_until: str | None
    failing_since: str | None
    paused_until: str | None
    pending: int
    delivered: int
    failed: int
    secret: NotRequired[str | None]


class EndpointChange(TypedDict):
    """What is left out stays. Enabling begins afresh."""

    url: NotRequired[str | None]
    kinds: NotRequired[list[str] | None]
    description: NotRequired[str | None]
    enabled: NotRequired[bool | None]


class EndpointIn(TypedDict):
    """An address that hears of the account's events; https in live mode, on the public internet."""

    url: str
    kinds: NotRequired[list[str]]
    description: NotRequired[str]


class Entry(TypedDict):
    """One immutable movement of one grant. `credits` is the change of what is available."""

    id: str
    seq: int
    at: str
    kind: Literal["grant", "spend", "hold", "release", "capture", "expire", "revoke", "reverse", "owe", "settle"]
    credits: int
    balance_after: int
    held: int
    owed: int
    grant: str | None
    usage: str | None
    hold: str | None
    message: str | None
    member: str | None
    inbox: str | None
    number: str | None
    corrects: str | None
    usage_kind: str | None
    reference: str | None
    parts: int | None
    metadata: dict[str, Any] | None
    reason: str | None
    actor: str | None


class Estimate(TypedDict):
    """What a text would cost, and what makes it dear."""

    encoding: Literal["gsm7", "ucs2"]
    parts: int
    characters: int
    units: int
    credits: int
    offending: list[Offending]


class EstimateIn(TypedDict):
    """A text as it would be sent. `to` is a phone number, whose country decides the rate."""

    body: NotRequired[str]
    media: NotRequired[list[str]]
    to: NotRequired[str | None]


class Event(TypedDict):
    """Something that happened; `data` holds ids and facts."""

    id: str
    kind: str
    at: str
    data: dict[str, Any]


class Grant(TypedDict):
    """A grant with what became of it: amount = remaining + held + spent + expired + revoked."""

    id: str
    source: str
    amount: int
    remaining: int
    held: int
    starts_at: str
    ends_at: str | None
    spent: int
    expired: int
    revoked: int
    reason: str
    actor: str
    order: str | None
    period: str | None
    created_at: str


class GrantIn(TypedDict):
    """Credits that the operator gives."""

    credits: int
    source: Literal["promotion", "adjustment"]
    starts_at: NotRequired[str | None]
    ends_at: NotRequired[str | None]
    reason: str


class Hold(TypedDict):
    """What is to be set aside, and for how many seconds of the account's time."""

    credits: int
    expires_in: NotRequired[int | None]
    reference: NotRequired[str | None]


class HoldEnded(TypedDict):
    """How the hold ended. `usage` can be reversed like a spend."""

    id: str
    state: str
    captured: int
    usage: str | None
    balance: int


class HoldMade(TypedDict):
    """An open hold; `balance` is what is available after it."""

    id: str
    state: str
    credits: int
    captured: int
    expires_at: str | None
    reference: str | None
    created_at: str
    balance: int


class HoldOut(TypedDict):
    """Credits set aside; captured, released or expired exactly once."""

    id: str
    state: Literal["open", "captured", "released", "expired"]
    credits: int
    captured: int
    expires_at: str | None
    reference: str | None
    created_at: str
    ended_at: str | None


class HowMany(TypedDict):
    """How far ahead."""

    count: NotRequired[int]


class Inbox(TypedDict):
    """`undo_until` is set while its removal can be undone."""

    id: str
    name: str
    kind: Literal["shared", "personal"]
    members: list[str]
    numbers: list[str]
    created_at: str
    removed_at: str | None
    undo_until: str | None


class InboxChange(TypedDict):
    name: NotRequired[str | None]
    members: NotRequired[list[str] | None]


class InboxIn(TypedDict):
    """A shared inbox has any members; a personal one exactly one."""

    name: str
    kind: NotRequired[Literal["shared", "personal"]]
    members: NotRequired[list[str]]


class Invitation(TypedDict):
    """Its link is in the mail alone."""

    id: str
    email: str
    role: Literal["observer", "member", "manager", "admin", "owner"]
    inboxes: list[str]
    state: Literal["pending", "expired", "accepted", "revoked"]
    invited_by: str
    created_at: str
    sent_at: str
    expires_at: str
    member: str | None


class InvitationChange(TypedDict):
    role: Literal["admin", "manager", "member", "observer"]
    inboxes: NotRequired[list[str] | None]


class InvitationIn(TypedDict):
    """One address, or several as `emails`: all are invited, or none."""

    email: NotRequired[str | None]
    emails: NotRequired[list[str]]
    role: Literal["admin", "manager", "member", "observer"]
    inboxes: NotRequired[list[str]]


class Invitations(TypedDict):
    """Those that were just made, in the order of their addresses."""

    data: list[Invitation]


class Invoice(TypedDict):
    """A final document: it never changes but for its payment state; `hash` is over all the rest."""

    id: str
    number: str
    status: Literal["open", "paid", "void"]
    order: str
    buyer: Party
    seller: Party
    lines: list[DocumentLine]
    tax_lines: list[TaxLine]
    subtotal: Money
    tax: Money
    total: Money
    credited: Money
    credit_notes: list[str]
    finalized_at: str
    paid_at: str | None
    voided_at: str | None
    hash: str


class Left(TypedDict):
    """A recipient that is left out, and costs nothing. `line` counts from 1."""

    line: int
    to: str
    problem: Literal["invalid", "duplicate", "opted_out", "fields", "too_long", "empty", "canceled"]


class Line(TypedDict):
    description: str
    amount: Money
    working: str


class LoggedRequest(TypedDict):
    """A call of the last 30 days; `calls` above 1 are so many alike within a minute. Bodies are redacted."""

    id: str
    at: str
    key: str
    method: str
    path: str
    status: int
    code: str | None
    milliseconds: int
    calls: int
    request_id: str | None
    sent: Any
    answered: Any


class Lot(TypedDict):
    """A grant in the balance."""

    id: str
    source: str
    amount: int
    remaining: int
    held: int
    starts_at: str
    ends_at: str | None


class Member(TypedDict):
    id: str
    user: str
    name: str
    email: str
    role: Literal["observer", "member", "manager", "admin", "owner"]
    created_at: str


class MemberChange(TypedDict):
    """Who becomes an Observer hands their personal inboxes to the `successor`, by default to the Owner."""

    role: Literal["admin", "manager", "member", "observer"]
    successor: NotRequired[str | None]
    drop_seat: NotRequired[bool]


class MemberIn(TypedDict):
    """Somebody to be a member at once, without an invitation."""

    email: str
    name: str
    role: Literal["admin", "manager", "member", "observer"]


Message = TypedDict(
    "Message",
    {
        "id": "str",
        "direction": 'Literal["out", "in"]',
        "state": 'Literal["accepted", "waiting", "sent", "delivered", "failed", "received"]',
        "waiting_for": 'Literal["schedule", "credits"] | None',
        "from": "str",
        "to": "str",
        "number": "str",
        "inbox": "str | None",
        "member": "str | None",
        "broadcast": "str | None",
        "body": "str | None",
        "media": "list[str]",
        "kind": 'Literal["text", "mms"]',
        "parts": "int",
        "credits": "int",
        "charged": "int",
        "code": "str | None",
        "created_at": "str",
        "send_at": "str | None",
        "sent_at": "str | None",
        "done_at": "str | None",
        "paid_by": "NotRequired[list[PaidBy] | None]",
    },
)


MessageIn = TypedDict(
    "MessageIn",
    {
        "from": "str",
        "to": "str",
        "body": "NotRequired[str]",
        "media": "NotRequired[list[str]]",
        "send_at": "NotRequired[str | None]",
        "at_zero": 'NotRequired[Literal["refuse", "wait"]]',
    },
)


class Money(TypedDict):
    """Whole minor units: 4000 usd are $40.00."""

    amount: int
    currency: str


class MoneyIn(TypedDict):
    """Whole minor units: 4000 usd are $40.00."""

    amount: int
    currency: str


class MonthUse(TypedDict):
    month: str
    credits: int


class MovementOut(TypedDict):
    """One entry of the ledger."""

    id: str
    at: str
    kind: str
    credits: int
    held: int
    balance_after: int
    grant: str | None
    source: str | None
    usage: str | None
    parts: int | None
    reference: str | None
    member: str | None
    reason: str | None
    actor: str | None


class NextCharge(TypedDict):
    at: str
    amount: Money


class Nothing(TypedDict):
    """An empty object."""


class Number(TypedDict):
    """`buying` while the carrier has not confirmed it; `deleted` until `undo_until`."""

    id: str
    number: str
    kind: Literal["local", "toll_free"]
    name: str
    inbox: str | None
    state: Literal["buying", "active", "deleted"]
    created_at: str
    removed_at: str | None
    undo_until: str | None
    order: str | None


class NumberChange(TypedDict):
    """`inbox` null: assigned to none."""

    name: NotRequired[str | None]
    inbox: NotRequired[str | None]


class NumberIn(TypedDict):
    """A number of the carrier's catalogue, and the inbox that it leads to."""

    number: str
    inbox: NotRequired[str | None]


class Offending(TypedDict):
    """A character outside GSM-7; `index` counts characters from 0."""

    index: int
    character: str
    suggestion: str | None


class Order(TypedDict):
    """An accepted quote; `subscription` and `balance` are as they are now."""

    id: str
    kind: str
    status: Literal["succeeded", "processing", "needs_action", "declined", "refunded"]
    amount: Money
    quote: str | None
    charges: list[Charge]
    action_url: str | None
    invoice: str | None
    subscription: Subscription | None
    balance: Balance
    created_at: str


class OwnerIn(TypedDict):
    email: str
    name: str


class Pack(TypedDict):
    id: str
    credits: int
    price: Money


class PackIn(TypedDict):
    """Credits bought once."""

    credits: int
    price: MoneyIn


class PaidBy(TypedDict):
    """What one grant paid of a text; no grant: it is owed. `entry` is its movement."""

    grant: str | None
    credits: int
    entry: str


class Party(TypedDict):
    """Who sells or buys, as it was when the document became final."""

    name: str
    address: list[str]
    country: str
    tax_id: str


class PayOverdue(TypedDict):
    """`new_period` begins one now instead of paying for the rest of this one, both at full price."""

    new_period: NotRequired[bool]


class Period(TypedDict):
    """One half-open stretch [starts_at, ends_at)."""

    id: str
    index: int
    starts_at: str
    ends_at: str
    state: Literal["current", "past", "skipped"]
    price: str
    credits: int
    paid: str


class Plan(TypedDict):
    id: str
    code: str
    name: str
    rank: int
    limits: dict[str, Any]
    features: list[str]
    prices: list[Price]


class PlanFit(TypedDict):
    """The cheapest prices for the use of the last whole months; `saves` is by month, against what the account is on."""

    months: list[MonthUse]
    average: int
    current: PriceCost | None
    prices: list[PriceCost]
    saves: Money | None
    working: str


class PlanIn(TypedDict):
    """A tier. `code` names it for programs; it is made from the name where it is left out."""

    name: str
    code: NotRequired[str | None]
    rank: NotRequired[int]
    limits: NotRequired[dict[str, int]]
    features: NotRequired[list[str]]
    prices: NotRequired[list[PriceIn]]


class Policies(TypedDict):
    """One version of all policies, by their names in the rules."""

    id: str
    values: dict[str, Any]
    created_at: str
    actor: str


class Price(TypedDict):
    id: str
    interval: Literal["month", "year"]
    credits: int
    price: Money


class PriceCost(TypedDict):
    """What an average month would have cost at a price: its month, and packs for what its credits do not cover."""

    price: str
    name: str
    interval: Literal["month", "year"]
    credits_a_month: int
    month: Money
    packs: int
    working: str


class PriceIn(TypedDict):
    """One step of a plan: what a period costs, and the credits it holds."""

    interval: Literal["month", "year"]
    credits: int
    price: MoneyIn


class Problem(TypedDict):
    """RFC 9457. Facts stand beside these members, such as required and available."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    param: str | None
    request_id: str


class Quote(TypedDict):
    """A stored offer with its exact consequences."""

    id: str
    kind: str
    title: str
    effective_at: str
    lines: list[Line]
    tax: Money
    due_now: Money
    recurring: Recurring | None
    credits: QuotedCredits
    warnings: list[str]
    payment_method: str | None
    created_at: str
    expires_at: str
    order: str | None


class QuoteIn(TypedDict):
    """Exactly one change, and the card to pay it with (the default card, where none is named)."""

    change_plan: NotRequired[ChangePlan | None]
    buy_credits: NotRequired[BuyCredits | None]
    add_number: NotRequired[AddNumber | None]
    add_seats: NotRequired[AddSeats | None]
    remove_add_on: NotRequired[RemoveAddOn | None]
    cancel: NotRequired[Cancel | None]
    reactivate: NotRequired[Reactivate | None]
    pay_overdue: NotRequired[PayOverdue | None]
    payment_method: NotRequired[str | None]


class QuotedCredits(TypedDict):
    grants: list[QuotedGrant]
    before: int
    after: int


class QuotedGrant(TypedDict):
    """A grant before and after; one that is yet to be made has no id."""

    id: str | None
    source: str
    before: int
    after: int
    lost: int
    ends_at: str | None
    note: str


class Reactivate(TypedDict):
    price: str


class RechargeAdvice(TypedDict):
    """A day of three recharges or more: a larger pack for that day, a larger plan for this period."""

    on: str
    recharges: int
    credits: int
    paid: Money
    pack: Saved | None
    plan: Saved | None


class RechargeDecision(TypedDict):
    """Fired; or not, and why. `entry` is the debit that was the cause, `amount` what closing the gap costs with tax."""

    at: str
    fired: bool
    reason: Literal[
        "fired",
        "declined",
        "dropped",
        "not_sent",
        "needs_action",
        "day_cap",
        "month_cap",
        "gap_above_month_cap",
        "breaker_open",
        "no_card",
        "recharge_open",
        "account_closed",
    ]
    cause: Literal["spend", "hold", "debit", "refused", "saved", "settled", "card", "cap", "charge", "retry"]
    entry: str | None
    available: int
    threshold: int
    required: int | None
    gap: int
    packs: int
    amount: Money
    order: str | None
    until: str | None


class RecipientIn(TypedDict):
    """One recipient, and the words that are merged into their text."""

    to: str
    fields: NotRequired[dict[str, Any]]


class Recurring(TypedDict):
    amount: Money
    interval: str
    next_at: str


class Refund(TypedDict):
    """A giving back, or the preview of one: then it has no id, and a `mark`. `pending`: the provider is being asked."""

    id: str | None
    status: Literal["preview", "pending", "succeeded"]
    order: str
    reason: Literal["customer", "operator"]
    amount: Money
    tax: Money
    working: str
    credits: list[TakenCredits]
    available_after: int | None
    warnings: list[str]
    mark: str | None
    credit_note: str | None
    created_at: str | None


class RefundIn(TypedDict):
    """What to give back of an order's payment. `customer`: the rule decides the sum, and the credits go. `operator`: any sum up to what was paid, all that is left where none is named; `keep_credits` leaves the credits."""

    order: str
    reason: Literal["customer", "operator"]
    amount: NotRequired[MoneyIn | None]
    keep_credits: NotRequired[bool]
    preview: NotRequired[bool]
    mark: NotRequired[str | None]
    note: NotRequired[str]


class Remaining(TypedDict):
    remaining: int


class RemoveAddOn(TypedDict):
    kind: Literal["seat", "number"]
    quantity: NotRequired[int]


class Removed(TypedDict):
    id: str
    removed: NotRequired[bool]


class ReplayIn(TypedDict):
    """Deliver anew what has failed or was dropped since an instant."""

    since: str


class Replayed(TypedDict):
    """How many deliveries are due again."""

    deliveries: int


class Reverse(TypedDict):
    """Give back `credits` of a spend, or all that is unreversed."""

    reason: str
    credits: NotRequired[int | None]


class Reversed(TypedDict):
    """What was given back, and the first ledger entry of it."""

    id: str
    usage: str
    credits: int
    balance: int


class RotateIn(TypedDict):
    """For how many hours the old key lives on beside the new one."""

    overlap_hours: NotRequired[int]


class RotateSecretIn(TypedDict):
    """For how many hours deliveries bear the old signature too."""

    overlap_hours: NotRequired[int]


class RunwayOut(TypedDict):
    """How long the credits last at the pace of the last seven days."""

    available: int
    used_in_week: int
    days_left: int | None
    runs_out_at: str | None
    lasts_until_reset: bool
    working: str


class Saved(TypedDict):
    """The same credits, cheaper."""

    pack: NotRequired[str | None]
    price: NotRequired[str | None]
    quantity: int
    credits: int
    paid: Money
    would_pay: Money
    saved: Money


class ScheduledChange(TypedDict):
    price: str
    effective_at: str


class SendIn(TypedDict):
    """`credits` is the sum that was shown; where it costs more by now, nothing is sent."""

    credits: NotRequired[int | None]


class SetupPage(TypedDict):
    """Where a card is entered."""

    url: str


class StatementOut(TypedDict):
    """closing = opening + added − used − ended − set_aside; the oldest movement first."""

    account: str
    starts_at: str
    ends_at: str
    opening: int
    added: int
    used: int
    ended: int
    set_aside: int
    closing: int
    movements: list[MovementOut]


class StepOut(TypedDict):
    """The best next step: nothing, a quote to ask for (send `quote` to POST /v1/quotes), or to wait until the reset."""

    do: Literal["nothing", "wait", "buy_credits", "change_plan"]
    credits: int
    due_now: Money | None
    quote: dict[str, dict[str, str | int]] | None
    working: str


class Subscription(TypedDict):
    """What an account is on. `next_charge` is seen by those who may see prices: the next renewal; past due, what is owed and when it is tried again, null where nothing is tried until there is another card."""

    id: str
    status: Literal["trialing", "active", "past_due", "suspended", "canceled"]
    price: str
    plan: str
    plan_name: str
    interval: Literal["month", "year"]
    current_period: Period | None
    anchor: str
    scheduled_change: ScheduledChange | None
    cancel_at: str | None
    next_charge: NextCharge | None


class Taken(TypedDict):
    """What one grant gave."""

    grant: str
    credits: int


class TakenCredits(TypedDict):
    """Credits taken back of a grant."""

    grant: str
    credits: int


class TaxLine(TypedDict):
    """`amount` is the tax on `base`; `added` is what it adds to the lines: nothing where prices hold it."""

    description: str
    rate_basis_points: int
    base: Money
    amount: Money
    added: Money


class TaxRate(TypedDict):
    """1900 basis points are 19 %. `inclusive`: prices hold the tax already."""

    id: str
    country: str
    name: str
    rate_basis_points: int
    inclusive: bool
    reverse_charge: bool
    starts_at: str
    mode: Literal["live", "test", "both"]


class TaxRateIn(TypedDict):
    """A row of the tax table, in force from `starts_at` (now) until a later row of its country is."""

    country: str
    name: NotRequired[str]
    rate_basis_points: int
    inclusive: NotRequired[bool]
    reverse_charge: NotRequired[bool]
    starts_at: NotRequired[str | None]


class TestIn(TypedDict):
    """Which kind of event the test pretends to be."""

    kind: NotRequired[str]


class Usage(TypedDict):
    """What is to be spent."""

    credits: int
    kind: Literal["call", "lookup", "mms", "other", "text", "transcript"]
    reference: NotRequired[str | None]
    member: NotRequired[str | None]
    inbox: NotRequired[str | None]
    number: NotRequired[str | None]
    parts: NotRequired[int | None]
    metadata: NotRequired[dict[str, str | bool | int | None] | None]


class UsageMade(TypedDict):
    """A spend; `balance` is what is available after it."""

    id: str
    credits: int
    balance: int
    taken: list[Taken]


class Why(TypedDict):
    """The trace of one movement: its entries, the grants concerned, and what was undone since."""

    entry: Entry
    because: list[str]
    movement: list[Entry]
    grants: list[Grant]
    corrected_by: list[Entry]
    corrects: Entry | None
