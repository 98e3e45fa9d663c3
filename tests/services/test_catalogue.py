"""The catalogue from a file: as versions, all or nothing, and those on a price stay on it (RULES §4.9)."""

from datetime import date

import pytest

from refill.cli.places import StartRefused
from refill.cli.verbs import catalogue as verb
from refill.domain.errors import Conflict, Invalid
from refill.domain.records import Actor
from refill.models import AuditRow, Pack, Plan, Price
from refill.models.price_changes import PriceChange
from refill.queries.pages.catalogue import offered
from refill.services.money.situations import price_facts
from refill.services.selling import catalogue, catalogue_file, catalogue_versions
from refill.services.selling.catalogue_file import FilePrice
from refill.services.selling.catalogue_versions import Comparison
from refill.web import formats

OPERATOR = Actor("operator")
SMALL = """
packs = []

[[plans]]
code = "solo"
name = "Solo \\u2013 one \\"seat\\""
rank = 1
features = ["reports"]
limits = { seats = 1, "phone numbers" = 2 }
prices = [{ interval = "month", credits = 100, amount = 1000 }, { interval = "year", credits = 1200, amount = 10000 }]

[[plans]]
code = "duo"
name = "Duo"
prices = [{ interval = "month", credits = 300, amount = 2500, currency = "eur" }]
"""
SOLO = FilePrice("month", 100, 1000, "usd")


def apply(text: str) -> Comparison:
    return catalogue_versions.apply(actor=OPERATOR, file=catalogue_file.read(text), mode="both")


def said(found: Comparison) -> list[tuple[str, str, int | None]]:
    return [(step.verb, step.what, step.accounts) for step in found.steps]


def stored() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Plan, Price, Pack, PriceChange, AuditRow))


def shown() -> str:
    return catalogue_file.write(catalogue_versions.show("both"))


def test_what_is_shown_is_read_back_as_what_is_on_offer(fresh_database: str) -> None:
    assert said(catalogue_versions.compare(catalogue_file.read(shown()), "both")) == []
    apply(SMALL)
    assert catalogue_file.read(shown()) == catalogue_versions.show("both")
    plans = catalogue_versions.show("both").plans
    assert plans is not None
    assert [(plan.code, plan.name, plan.limits) for plan in plans] == [
        ("duo", "Duo", ()),
        ("solo", 'Solo – one "seat"', (("phone numbers", 2), ("seats", 1))),
    ]


def test_a_file_becomes_the_catalogue_and_a_second_time_changes_nothing(fresh_database: str) -> None:
    first = apply(SMALL)
    assert [plan.code for plan in first.plans_out] == ["starter", "growth", "scale"]
    assert (len(first.prices_out), len(first.packs_out)) == (48, 5)
    assert said(first)[:3] == [
        ("add", 'plan solo: Solo – one "seat"', None),
        ("add", "solo 100 credits a month at $10.00", None),
        ("add", "solo 1,200 credits a year at $100.00", None),
    ]
    offered = (
        Price.objects.filter(withdrawn_at=None).order_by("pk").values_list("plan__code", "amount_minor", "currency")
    )
    assert list(offered) == [("solo", 1000, "usd"), ("solo", 10000, "usd"), ("duo", 2500, "eur")]
    assert not Pack.objects.filter(withdrawn_at=None).exists()
    done = AuditRow.objects.filter(actor="operator").values_list("action", flat=True)
    assert {action: list(done).count(action) for action in done} == {
        "catalogue.plan_withdrawn": 3, "catalogue.price_withdrawn": 48, "catalogue.pack_withdrawn": 5,
        "catalogue.plan_added": 2, "catalogue.price_added": 3,
    }  # fmt: skip
    before = stored()
    assert said(apply(SMALL)) == []
    assert stored() == before


def test_a_section_that_the_file_does_not_name_stays(fresh_database: str) -> None:
    assert said(apply("[[packs]]\ncredits = 250\namount = 1250\n")) == [
        ("withdraw", "pack of 1,000 credits at $40.00", None),
        ("withdraw", "pack of 2,500 credits at $90.00", None),
        ("withdraw", "pack of 5,000 credits at $165.00", None),
        ("withdraw", "pack of 10,000 credits at $300.00", None),
    ]
    assert Plan.objects.filter(withdrawn_at=None).count() == 3


def test_a_changed_amount_is_a_new_price_and_the_old_one_withdrawn(fresh_database: str) -> None:
    apply(SMALL)
    old = Price.objects.get(amount_minor=1000)
    assert said(apply(SMALL.replace("amount = 1000 ", "amount = 1100 "))) == [
        ("change", "solo 100 credits a month at $10.00 → $11.00", 0)
    ]
    new = Price.objects.get(amount_minor=1100)
    old.refresh_from_db()
    assert (old.amount_minor, old.withdrawn_at, new.plan_id) == (1000, new.created_at, old.plan_id)


def test_a_changed_plan_is_a_new_version_with_prices_of_its_own(fresh_database: str) -> None:
    apply(SMALL)
    found = said(apply(SMALL.replace('["reports"]', '["reports", "api"]')))
    assert found == [("change", "plan solo: features reports → reports, api; a new version, with its prices", 0)]
    old, new = Plan.objects.filter(code="solo").order_by("pk")
    assert (old.features, old.withdrawn_at, new.features) == (["reports"], new.created_at, ["reports", "api"])
    prices = (
        Price.objects.filter(plan__code="solo").order_by("pk").values_list("plan_id", "amount_minor", "withdrawn_at")
    )
    assert list(prices) == [
        (old.pk, 1000, new.created_at), (old.pk, 10000, new.created_at), (new.pk, 1000, None), (new.pk, 10000, None),
    ]  # fmt: skip


def test_rows_of_one_mode_leave_those_of_both_alone(fresh_database: str) -> None:
    catalogue_versions.apply(actor=OPERATOR, file=catalogue_file.read(SMALL), mode="test")
    assert sorted(Plan.objects.filter(withdrawn_at=None).values_list("mode", "code")) == [
        ("both", "growth"), ("both", "scale"), ("both", "starter"), ("test", "duo"), ("test", "solo"),
    ]  # fmt: skip
    assert said(catalogue_versions.compare(catalogue_file.read(SMALL), "test")) == []
    with pytest.raises(Invalid, match="mode is one of both, live, test"):
        catalogue_versions.compare(catalogue_file.read(SMALL), "demo")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[[plans]]\ncode = solo", "This is not TOML: Invalid value (at line 2, column 8)."),
        ("plan = []", "there is no key plan."),
        ("plans = 3", "plans is not a list of tables."),
        ("currency = 'USD'", "currency is a lower-case ISO 4217 code such as usd, not 'USD'."),
        ("[[plans]]\ncode = 'solo'", "plan 1 (solo): name is missing."),
        ("[[plans]]\ncode = 'So lo'\nname = 'x'", "plan 1: code is of a-z, 0-9, - and _, at most 64, not 'So lo'."),
        ("[[packs]]\ncredits = 0\namount = 1", "pack 1: credits is a whole number from 1 to 1,000,000,000, not 0."),
        ("[[packs]]\ncredits = 1\namount = 9.5",
         "pack 1: amount is a whole number from 1 to 1,000,000,000,000, not 9.5."),
        ("[[packs]]\ncredits = true\namount = 1",
         "pack 1: credits is a whole number from 1 to 1,000,000,000, not True."),
        (SMALL.replace('"year"', '"week"'), "plan 1 (solo), price 2: interval is month or year, not 'week'."),
        (SMALL.replace('"year", credits = 1200, amount = 10000', '"month", credits = 100, amount = 1000'),
         "plan 1 (solo): the price 100 credits a month at $10.00 is there 2 times."),
        (SMALL.replace('"duo"', '"solo"'), "plans: code solo is there 2 times."),
        (SMALL.replace("seats = 1", "seats = -1"),
         "plan 1 (solo), limits: seats is a whole number from 0 to 1,000,000, not -1."),
        ("[[price_changes]]\nplan='solo'\ninterval='month'\ncredits=1\nfrom=2\nto=2\neffective_on=2027-01-01",
         "price change 1: from and to are the same amount."),
        ("[[price_changes]]\nplan='solo'\ninterval='month'\ncredits=1\nfrom=2\nto=3\neffective_on=2027-01-01T00:00:00",
         "price change 1: effective_on is a date, or an instant with its offset from UTC."),
    ],
)  # fmt: skip
def test_a_fault_is_named_by_its_place(text: str, fault: str) -> None:
    with pytest.raises(Invalid) as refused:
        catalogue_file.read(text)
    assert refused.value.detail == fault


def test_all_faults_are_named_at_once() -> None:
    with pytest.raises(Invalid) as refused:
        catalogue_file.read("[[packs]]\ncredits = 1\n[[packs]]\namount = -1\ncredits = 1")
    assert refused.value.detail.splitlines() == [
        "pack 1: amount is missing.",
        "pack 2: amount is a whole number from 1 to 1,000,000,000,000, not -1.",
    ]


CHANGE = """
[[price_changes]]
plan = "solo"
interval = "month"
credits = 100
from = 1000
to = 1100
effective_on = 2030-05-01
"""
REPRICED = SMALL.replace("amount = 1000 ", "amount = 1200 ")


def test_a_price_change_is_announced_once_and_shown_until_it_comes(fresh_database: str) -> None:
    apply(SMALL)
    assert said(apply(REPRICED + CHANGE)) == [
        ("change", "solo 100 credits a month at $10.00 → $12.00", 0),
        ("announce", "solo 100 credits a month at $10.00 → $11.00 from 2030-05-01", 0),
    ]
    before = stored()
    assert said(apply(REPRICED + CHANGE)) == []
    assert stored() == before
    [change] = catalogue_versions.show("both").changes
    assert (change.plan, change.price, change.to_minor, change.effective_on) == ("solo", SOLO, 1100, date(2030, 5, 1))
    # 11.00 is for those who were on 10.00: nobody else is offered it.
    assert Price.objects.get(amount_minor=1100).withdrawn_at is not None


def test_of_a_file_with_an_impossible_price_change_nothing_is_applied(fresh_database: str) -> None:
    apply(SMALL)
    before, offer = stored(), catalogue_versions.show("both")
    for text, fault in (
        (SMALL.replace("Duo", "Two") + CHANGE,
         "solo 100 credits a month at $10.00 is on offer. Give its plan another amount, or leave the price out."),
        (REPRICED + CHANGE.replace("1000", "999"), "there never was solo 100 credits a month at $9.99."),
        (REPRICED + CHANGE.replace("2030", "2020"), "2020-05-01 has come; announce a later date or instant."),
    ):  # fmt: skip
        with pytest.raises(Invalid) as refused:
            apply(text)
        assert refused.value.detail == f"price change 1: {fault}"
    assert (stored(), catalogue_versions.show("both")) == (before, offer)


def test_a_plan_that_names_no_limit_includes_any_number_on_pages_as_in_charges(fresh_database: str) -> None:
    plan = catalogue.add_plan(
        actor=OPERATOR, name="Open", rank=9, livemode=None, limits={"seats": 3}, prices=[("month", 100, 1_000, "usd")]
    )
    facts = offered(Price.objects.get(plan_id=plan)).facts
    assert facts == price_facts(Price.objects.get(plan_id=plan))
    said = [formats.included(*each) for each in ((facts.seats, "seat"), (1, "seat"), (facts.numbers, "number"))]
    assert said == ["3 seats", "1 seat", "unlimited numbers"]


def test_what_was_announced_cannot_be_announced_otherwise(fresh_database: str) -> None:
    apply(SMALL)
    apply(REPRICED + CHANGE)
    with pytest.raises(Conflict) as refused:
        apply(REPRICED + CHANGE.replace("1100", "1150"))
    assert refused.value.detail == (
        "price change 1: $11.00 from 2030-05-01 was announced already; it cannot be changed."
    )
    assert PriceChange.objects.count() == 1


def test_the_command_applies_what_it_showed_and_says_what_it_did(
    fresh_database: str, tmp_path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("DATABASE_URL", fresh_database), ("REFILL_PROCESS", "test"), ("REFILL_AS_OWNER", "")):
        monkeypatch.setenv(name, value)
    file = tmp_path / "catalogue.toml"

    def told(*arguments, **options) -> str:
        verb.run(*arguments, **options)
        return capsys.readouterr().out

    file.write_text(told(verb.Action.SHOW).replace("amount = 1200,", "amount = 1300,"))
    change = "change   starter 250 credits a month at $12.00 → $13.00 (0 accounts on it, who stay)\n"
    before = stored()
    assert told(verb.Action.APPLY, file, dry_run=True) == f"{change}A dry run: nothing was changed.\n"
    assert stored() == before
    assert told(verb.Action.APPLY, file) == change
    assert told(verb.Action.APPLY, file) == "Nothing to change.\n"
    file.write_text("packs = 1")
    with pytest.raises(StartRefused, match=r"Nothing was changed\.\npacks is not a list of tables\."):
        told(verb.Action.APPLY, file)


def test_a_plan_comes_with_all_its_prices_or_not_at_all() -> None:
    before = Plan.objects.count(), Price.objects.count()
    prices = [("month", 100, 1000, "usd"), ("week", 25, 300, "usd")]
    with pytest.raises(Invalid):
        catalogue.add_plan(actor=OPERATOR, name="Half", rank=9, livemode=False, code="half", prices=prices)
    assert (Plan.objects.count(), Price.objects.count()) == before
