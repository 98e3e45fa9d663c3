"""Inboxes and numbers are an account's own (RULES §8)."""

import pytest
from django.db import IntegrityError, transaction

from refill.domain import ids
from refill.gateways import clock
from refill.models import Inbox, InboxMember, Membership, Number
from tests.api.client import Api, open_account


def _account(platform_key: str) -> tuple[Api, int]:
    made = open_account(platform_key)
    made.give(100)
    assert made.account is not None
    return made, ids.decode("acc", made.account)[0]


def _number(account_id: int, inbox: Inbox | None = None) -> Number:
    return Number.objects.create(
        account_id=account_id, inbox=inbox, kind="local", e164=f"+1212{account_id:07}", created_at=clock.now()
    )


def test_a_spend_names_the_inbox_and_the_number_that_it_was_for(platform_key: str) -> None:
    account, account_id = _account(platform_key)
    inbox = Inbox.objects.create(account_id=account_id, name="Front desk", created_at=clock.now())
    number = _number(account_id, inbox)
    named = {"inbox": ids.encode("inb", inbox.pk), "number": ids.encode("num", number.pk)}
    assert account.post("/usage", {"credits": 2, "kind": "text", **named}).status == 201
    entry = account.get("/ledger").json["data"][0]
    assert {"inbox": entry["inbox"], "number": entry["number"]} == named


def test_a_spend_for_anothers_inbox_or_number_is_refused(platform_key: str) -> None:
    (account, _), (_, other_id) = _account(platform_key), _account(platform_key)
    inbox = Inbox.objects.create(account_id=other_id, name="Front desk", created_at=clock.now())
    number = _number(other_id, inbox)
    for named in ({"inbox": ids.encode("inb", inbox.pk)}, {"number": ids.encode("num", number.pk)}):
        assert account.post("/usage", {"credits": 2, "kind": "text", **named}).code == "404 not_found"
    assert account.available() == 100


def test_no_inbox_and_no_number_reaches_into_another_account(platform_key: str) -> None:
    (_, account_id), (_, other_id) = _account(platform_key), _account(platform_key)
    now = clock.now()
    inbox = Inbox.objects.create(account_id=account_id, name="Front desk", created_at=now)
    stranger = Membership.objects.get(account_id=other_id)
    with pytest.raises(IntegrityError), transaction.atomic():
        InboxMember.objects.create(account_id=account_id, inbox=inbox, member=stranger, created_at=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        Inbox.objects.create(account_id=account_id, kind="personal", name="Bo", member=stranger, created_at=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        _number(other_id, inbox)


def test_a_phone_number_belongs_to_one_account_until_it_is_given_back(platform_key: str) -> None:
    (_, account_id), (_, other_id) = _account(platform_key), _account(platform_key)
    number, now = _number(account_id), clock.now()
    facts = {"account_id": other_id, "kind": "local", "e164": number.e164, "created_at": now}
    with pytest.raises(IntegrityError), transaction.atomic():
        Number.objects.create(**facts)
    Number.objects.filter(pk=number.pk).update(removed_at=now, purge_at=now, released_at=now)
    assert Number.objects.create(**facts).pk
