"""Somebody who is texted: what they are called; forgotten, when they ask for it."""

from __future__ import annotations

from refill.domain.errors import Conflict, Invalid, Unknown
from refill.domain.records import Actor
from refill.models import Contact, Message, Recipient
from refill.services.entering import entered
from refill.services.messages import telephone
from refill.services.recording import audit
from refill.services.team.profiles import plain_name

_UNDER_WAY = (*Message.HOLDING, Message.Step.SCHEDULED, Message.Step.SHORT)


def rename(*, account_id: int, contact_id: int, actor: Actor, name: str) -> None:
    """Say what a contact is called, to whoever works in this account; an empty name is none.

    Raises Unknown, also of who was forgotten, and Invalid.
    """
    plain = plain_name(name) if name.strip() else ""
    with entered(account_id) as balance:
        contact = Contact.objects.filter(account_id=account_id, pk=contact_id, e164__startswith="+").first()
        if contact is None:
            raise Unknown("There is no such contact in this account.")
        if contact.name == plain:
            return
        contact.name = plain
        contact.save(update_fields=["name"])
        audit(account_id, balance.at, actor, "contact.named", subject=str(contact_id))


def forget(*, account_id: int, contact_id: int, actor: Actor, typed: str) -> None:
    """Erase a contact's number, name, what was said and what lists said of them; that it was sent, and what it cost,
    stays. An opt-out stays too: without it they would be texted again.

    `typed` is the number, as written in E.164. Raises Unknown, Invalid (another number was typed), Conflict (a text to
    them is under way or waits).
    """
    with entered(account_id) as balance:
        contact = Contact.objects.filter(account_id=account_id, pk=contact_id).first()
        if contact is None:
            raise Unknown("There is no such contact in this account.")
        if telephone.e164(typed, None) != contact.e164:
            raise Invalid("Type the number as it stands above, to confirm.", param="typed")
        texts = Message.objects.filter(account_id=account_id, conversation__contact_id=contact_id)
        listed = Recipient.objects.filter(account_id=account_id, e164=contact.e164)
        if texts.filter(step__in=_UNDER_WAY).exists() or listed.filter(
            broadcast__state__in=("draft", "sending"), problem="", is_made=False
        ).exists():  # fmt: skip
            raise Conflict("A text to them is on its way or waits. Give it up, or try again when it is sent.")
        texts.update(body=None, media=[])
        listed.update(written="", e164="", fields={})
        contact.e164, contact.name = f"gone {contact.pk}", ""
        contact.save(update_fields=["e164", "name"])
        audit(account_id, balance.at, actor, "contact.forgotten", subject=str(contact_id))
