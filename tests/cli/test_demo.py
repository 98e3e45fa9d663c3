"""The demo: three lives told by the services, whole also after a crash in the middle, loaded once."""

import stat
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.contrib.auth import authenticate
from django.test import RequestFactory

from refill.cli import demo as demo_lines
from refill.domain.calendars import wall_of
from refill.domain.roles import Role
from refill.ledger import verify
from refill.models import Account, ApiKey, AuditRow, Entry, Membership, Order, Period, Subscription, User
from refill.services import credits
from refill.services.chores import clocks
from refill.services.demo.scenes import Buy, Change, Join, RunDry, Story, Texts
from refill.services.demo.stories import stories
from refill.services.developers import keys
from refill.services.money import charging

PRESENT = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)


class Crash(Exception):
    """The loader dies here."""


def _deeds(story: Story) -> Counter[str]:
    return Counter(type(scene.deed).__name__ for scene in story.scenes)


def _messages(story: Story) -> int:
    return sum(len(scene.deed.messages) for scene in story.scenes if isinstance(scene.deed, Texts))


def test_the_stories_are_the_same_for_the_same_present() -> None:
    northwind, harbor, alder = stories(PRESENT)
    assert stories(PRESENT) == (northwind, harbor, alder)
    assert [str(wall_of(story.opens_at, story.customer.zone)) for story in (northwind, harbor, alder)] == [
        "2025-11-22 09:00:00",
        "2025-11-08 09:00:00",
        "2025-08-31 09:00:00",
    ]
    assert _deeds(northwind) == {"Texts": 2059, "Join": 3, "Buy": 1, "Change": 1}
    assert (_messages(northwind), _messages(harbor), _messages(alder)) == (5980, 9862, 9044)


def test_everyday_texts_go_out_all_day_by_those_who_may_send_and_had_joined() -> None:
    for story in stories(PRESENT):
        texts = [scene for scene in story.scenes if isinstance(scene.deed, Texts)]
        hours = {wall_of(scene.at, story.customer.zone).hour for scene in texts}
        assert set(range(10, 17)) <= hours <= set(range(9, 18))
        joined = {scene.deed.person: scene.at for scene in story.scenes if isinstance(scene.deed, Join)}
        senders = {scene.deed.sender for scene in texts if isinstance(scene.deed, Texts)}
        assert senders == {person for person in story.customer.people if person.role is not Role.OBSERVER}
        for scene in texts:
            assert isinstance(scene.deed, Texts)
            assert joined.get(scene.deed.sender, story.opens_at) <= scene.at


@pytest.mark.parametrize("days", range(0, 366, 23))
def test_whatever_the_day_of_the_year_they_end_at_their_moment(days: int) -> None:
    present = PRESENT + timedelta(days=days, hours=days % 24)
    northwind, harbor, alder = stories(present)
    for story in (northwind, harbor, alder):
        instants = [scene.at for scene in story.scenes]
        assert instants == sorted(instants)
        assert story.opens_at <= instants[0]
        assert instants[-1] <= present
    assert wall_of(northwind.opens_at, "America/Chicago").day == 22
    assert wall_of(alder.opens_at, "America/New_York").day == 31
    assert timedelta(days=395) < present - alder.opens_at < timedelta(days=460)
    dry = [scene.at for scene in harbor.scenes if isinstance(scene.deed, RunDry)]
    assert [present.date() - at.date() for at in dry] in ([timedelta(days=2)], [timedelta(days=3)], [timedelta(days=1)])
    assert not [scene for scene in harbor.scenes if scene.at > dry[0]]
    assert len([scene for scene in alder.scenes if isinstance(scene.deed, Change)]) == 1
    assert len([scene for scene in northwind.scenes if isinstance(scene.deed, Buy)]) == 1
    assert len([scene for scene in harbor.scenes if isinstance(scene.deed, Join)]) == 5


@pytest.fixture
def loaded(fresh_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data directory whose demo was loaded with two crashes on the way: while a clock was moved, and between the
    intent of a charge and its sending."""
    moves = {"left": 120}
    advance, send = clocks.advance, charging.send

    def advance_until_the_crash(*, clock_id: int, to: datetime, work: bool = True) -> None:
        moves["left"] -= 1
        if moves["left"] < 0:
            clocks._claim(clock_id, to, advancing_until=datetime.now(UTC) + timedelta(minutes=10))
            raise Crash
        advance(clock_id=clock_id, to=to, work=work)

    def die_instead_of_sending(charge_id: int) -> None:
        if Order.objects.get(charges=charge_id).kind == "add_seats":
            raise Crash
        send(charge_id)

    with monkeypatch.context() as first:
        first.setattr(clocks, "advance", advance_until_the_crash)
        with pytest.raises(Crash):
            demo_lines.load(tmp_path)
    with monkeypatch.context() as second:
        second.setattr(charging, "send", die_instead_of_sending)
        with pytest.raises(Crash):
            demo_lines.load(tmp_path)
    assert not list(tmp_path.iterdir())
    demo_lines.load(tmp_path)
    return tmp_path


def test_a_demo_loaded_over_two_crashes_is_whole(loaded: Path) -> None:
    northwind, harbor, alder = (
        Account.objects.get(name=name) for name in ("Northwind Dental", "Harbor Yoga", "Alder & Finch Realty")
    )
    assert Account.objects.count() == 3
    assert Order.objects.exclude(status="succeeded").count() == 0
    assert Order.objects.filter(account=harbor, kind="add_seats").count() == 1
    assert verify.run() == []
    now = datetime.now(UTC)
    for account in (northwind, harbor, alder):
        assert account.test_clock is not None
        assert account.test_clock.running
        assert abs(credits.balance(account_id=account.pk).at - now) < timedelta(minutes=1)
        assert account.status == "active"
        assert (
            Period.objects.filter(account=account, paid__in=["unpaid", "void"]).exclude(state="upcoming").count() == 0
        )

    left = credits.balance(account_id=northwind.pk)
    assert left.purchased_left > 500
    assert left.allowance_left > 100
    assert Subscription.objects.get(account=northwind).price.credits == 1_000

    dry = credits.balance(account_id=harbor.pk)
    assert (dry.available, dry.purchased_left) == (0, 0)
    assert dry.resets_at is not None
    assert timedelta(days=11) < dry.resets_at - now < timedelta(days=17)
    roles = Membership.objects.filter(account=harbor).order_by("id").values_list("role", flat=True)
    assert list(roles) == ["owner", "admin", "manager", "admin", "member", "observer"]

    yearly = Subscription.objects.get(account=alder)
    assert (yearly.price.interval, yearly.price.credits) == ("year", 30_000)
    assert yearly.scheduled_price is not None
    assert (yearly.scheduled_price.plan.code, yearly.scheduled_price.credits) == ("growth", 12_000)
    begun = Period.objects.filter(account=alder).exclude(state="upcoming")
    assert [wall_of(period.starts_at, "America/New_York").day for period in begun] == [31, 31]
    senders = Membership.objects.filter(account=northwind).exclude(role="observer").values_list("pk", flat=True)
    sent = Entry.objects.filter(account=northwind, kind="spend", key__startswith="demo-")
    assert set(sent.values_list("member_id", flat=True)) == set(senders)
    told = next(story for story in stories(_present()) if story.customer.code == "alder")
    assert Entry.objects.filter(account=alder, kind="spend", key__isnull=False).count() == _messages(told)

    _second_load_changes_nothing(loaded)
    _everybody_can_sign_in(loaded)


def _present() -> datetime:
    return AuditRow.objects.get(action="demo.begun").at


def _second_load_changes_nothing(data_dir: Path) -> None:
    before = (Entry.objects.count(), Order.objects.count(), ApiKey.objects.count(), demo_lines.lines(data_dir))
    passwords = set(User.objects.values_list("password", flat=True))
    demo_lines.load(data_dir)
    assert (Entry.objects.count(), Order.objects.count(), ApiKey.objects.count(), demo_lines.lines(data_dir)) == before
    assert set(User.objects.values_list("password", flat=True)) == passwords


def _everybody_can_sign_in(data_dir: Path) -> None:
    lines = demo_lines.lines(data_dir)
    password = (data_dir / "demo_password").read_text().strip()
    assert lines[0] == f"Sign in at http://127.0.0.1:8000 with the password {password} as"
    assert "    Owner    priya@harbor.example" in lines
    emails = [word for line in lines for word in line.split() if word.endswith(".example")]
    assert len(emails) == 17
    request = RequestFactory().post("/")
    assert [email for email in emails if authenticate(request, email=email, password=password) is None] == []
    key = lines[-1].removeprefix("Platform key of test mode: ")
    assert (keys.authenticate(key).account_id, keys.authenticate(key).livemode) == (None, False)
    files = sorted(data_dir.iterdir())
    assert [file.name for file in files] == [
        "demo-logins.json",
        "demo_authenticator",
        "demo_password",
        "demo_platform_key",
    ]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
