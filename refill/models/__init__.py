"""All tables."""

from refill.models.asking import Asking
from refill.models.billing import (
    AddOn,
    Charge,
    Invoice,
    InvoiceSeries,
    Order,
    PaymentMethod,
    Period,
    Quote,
    Subscription,
)
from refill.models.broadcasts import Broadcast, Recipient
from refill.models.carrier_events import CarrierEvent
from refill.models.catalogue import Mode, Pack, Plan, PolicyVersion, Price
from refill.models.desk import Correction, Trouble
from refill.models.documents import BillingDetails, CreditNote, TaxRate
from refill.models.entering import Entrance
from refill.models.helping import HelpMessage, HelpThread
from refill.models.ledger import Balance, Block, Crossing, Entry, EntryKind, Grant, Hold, HoldPart, Source
from refill.models.mail import Mail
from refill.models.messages import Contact, Conversation, Message, OptOut
from refill.models.office import Answer, ApiKey, AuditRow, CalendarAddress, Event
from refill.models.people import Account, Membership, TestClock, User
from refill.models.places import Inbox, InboxMember, Number
from refill.models.price_changes import PriceChange
from refill.models.providers import CardSetup, ProviderDifference, ProviderEvent, SafeMode
from refill.models.recharging import Recharge, RechargeDecision
from refill.models.refunds import Dispute, Refund
from refill.models.requests import ApiRequest
from refill.models.team import Invitation, OwnershipOffer
from refill.models.warnings import Warned
from refill.models.webhooks import Delivery, DeliveryTry, WebhookEndpoint

__all__ = [
    "Account", "AddOn", "Answer", "ApiKey", "ApiRequest", "Asking", "AuditRow", "Balance", "BillingDetails",
    "Block", "Broadcast", "CalendarAddress", "CardSetup", "CarrierEvent", "Charge", "Contact", "Conversation",
    "Correction", "CreditNote", "Crossing", "Delivery", "DeliveryTry", "Dispute", "Entrance", "Entry", "EntryKind",
    "Event", "Grant", "HelpMessage", "HelpThread", "Hold", "HoldPart", "Inbox", "InboxMember", "Invitation",
    "Invoice", "InvoiceSeries", "Mail", "Membership", "Message", "Mode", "Number", "OptOut", "Order",
    "OwnershipOffer", "Pack", "PaymentMethod", "Period", "Plan", "PolicyVersion", "Price", "PriceChange",
    "ProviderDifference", "ProviderEvent", "Quote", "Recharge", "RechargeDecision", "Recipient", "Refund",
    "SafeMode", "Source", "Subscription", "TaxRate", "TestClock", "Trouble", "User", "Warned", "WebhookEndpoint",
]  # fmt: skip
