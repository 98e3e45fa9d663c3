"""An announced price is told to all whom it concerns, with both prices and the date; and so is its end."""

from __future__ import annotations

from datetime import timedelta

import pytest

from refill.domain.errors import Conflict, Unknown
from refill.gateways import clock
from refill.models import AuditRow
from refill.services.selling import catalogue_versions, price_changes
from tests.letters import mails_of, subjects
from tests.life import Platform
from tests.services.test_price_changes import OPERATOR, amounts_ahead, charged, is_sound, platform, reprice

__all__ = ["platform"]


def test_both_prices_the_date_and_the_first_charge_are_told_to_those_on_it_alone(platform: Platform) -> None:
    life = platform.life("2027-03-22 13:00", platform.price("growth", 1000), zone="America/New_York")
    other = platform.life("2027-03-22 13:00", platform.price("growth", 2500))
    leaving = platform.life("2027-03-22 13:00", platform.price("growth", 1000))
    leaving.confirm(leaving.quote(cancel={}))
    reprice(4500, to=4200, on="2027-05-01")
    (told,) = mails_of(life, "price_change")
    assert told.subject == "Growth 1,000 will cost $42.00 a month instead of $35.00"
    for words in (told.words, told.shown):
        assert (
            "Growth 1,000 costs $42.00 a month instead of $35.00, for periods that begin on or after 1 May 2027."
            " Your first one at the new price begins on 22 May 2027, 9:00 am EDT."
        ) in words
    assert (subjects(other, "price_change"), subjects(leaving, "price_change")) == ([], [])
    catalogue_versions.apply(actor=OPERATOR, file=catalogue_versions.show("both"), mode="both")
    assert len(mails_of(life, "price_change")) == 1
    life.advance("2027-05-22 13:00")
    assert charged(life) == [3500, 3500, 4200]


def test_what_is_taken_back_never_counts_and_the_same_people_are_told(platform: Platform) -> None:
    life = platform.life("2027-03-22 13:00", platform.price("growth", 1000))
    downgraded = platform.life("2027-03-22 13:00", platform.price("growth", 2500))
    reprice(4500, to=4200, on="2027-05-01")
    ((number, said),) = price_changes.coming()
    assert said == "growth 1,000 a month: $35.00 → $42.00 from 2027-05-01"
    assert amounts_ahead(life) == [3500, 4200, 4200]
    price_changes.withdraw(change_id=number, actor=OPERATOR)
    assert (price_changes.coming(), amounts_ahead(life)) == ([], [3500, 3500, 3500])
    assert subjects(life, "price_change_withdrawn") == ["Growth 1,000 stays at $35.00 a month"]
    assert subjects(downgraded, "price_change_withdrawn") == []
    assert AuditRow.objects.filter(action="catalogue.price_change_withdrawn", subject=str(number)).count() == 1
    life.advance("2027-06-22 13:00")
    assert charged(life) == [3500] * 4
    assert is_sound(life)
    with pytest.raises(Conflict):
        price_changes.withdraw(change_id=number, actor=OPERATOR)
    with pytest.raises(Unknown):
        price_changes.withdraw(change_id=number + 999, actor=OPERATOR)


def test_another_price_may_be_announced_after_one_that_was_taken_back(platform: Platform) -> None:
    life = platform.life("2027-03-22 13:00", platform.price("growth", 1000))
    reprice(4500, to=4200, on="2027-05-01")
    price_changes.withdraw(change_id=price_changes.coming()[0][0], actor=OPERATOR)
    reprice(4500, to=3900, on="2027-06-01")
    assert amounts_ahead(life) == [3500, 3500, 3900]
    assert len(subjects(life, "price_change")) == 2


def test_a_price_whose_day_has_come_is_not_taken_back(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    platform.life("2027-03-22 13:00", platform.price("growth", 1000))
    reprice(4500, to=4200, on="2027-05-01")
    number = price_changes.coming()[0][0]
    later = clock.now() + timedelta(days=3 * 365)
    monkeypatch.setattr(price_changes.clock, "now", lambda: later)
    assert price_changes.coming() == []
    with pytest.raises(Conflict):
        price_changes.withdraw(change_id=number, actor=OPERATOR)
