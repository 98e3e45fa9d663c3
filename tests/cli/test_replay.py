"""The main job on a small invented file: what is sent, spent, bought and paid, to the credit and the cent."""

import os
import subprocess
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import pytest

from refill.cli.places import StartRefused
from refill.cli.texts import read_texts
from refill.cli.verbs import replay
from refill.domain.errors import Invalid
from refill.domain.records import Actor
from refill.queries import statements
from refill.services import replaying
from refill.services.replaying import Tally, Wanted, WhenEmpty
from refill.services.selling import catalogue

# 23 texts to send, 24 parts: one in Cyrillic, one of two parts; and one empty line that is refused.
TEXTS = ["Your table is ready"] * 24
TEXTS[1] = "Ваш столик готов"
TEXTS[4] = "a" * 161
TEXTS[7] = ""
# No other test sells in this currency, so that the cheapest dearer price and pack are those made here.
CURRENCY = "nzd"


@pytest.fixture(scope="module")
def code(database: str) -> str:
    """A plan of 10 credits a month at 1.00 and 30 at 2.50; packs of 5 at 0.70 and 20 at 2.00."""
    actor = Actor("test")
    code = f"small-{uuid4().hex[:8]}"
    plan_id = catalogue.add_plan(actor=actor, name="Small", rank=1, livemode=False, code=code)
    for credits, amount_minor in ((10, 100), (30, 250)):
        catalogue.add_price(
            actor=actor, plan_id=plan_id, interval="month", credits=credits, amount_minor=amount_minor,
            currency=CURRENCY, livemode=False,
        )  # fmt: skip
    for credits, amount_minor in ((5, 70), (20, 200)):
        catalogue.add_pack(actor=actor, credits=credits, amount_minor=amount_minor, currency=CURRENCY, livemode=False)
    return code


def _wanted(code: str, when_empty: WhenEmpty, texts: list[str] | None = None) -> Wanted:
    return Wanted(
        texts=TEXTS if texts is None else texts, code=code, credits=10, interval="month", texts_a_day=2,
        starts=datetime(2026, 1, 31, 9), zone="America/New_York", when_empty=when_empty,
    )  # fmt: skip


def _counts(tally: Tally) -> dict[str, int]:
    names = ("sent", "empty", "unsent", "parts", "spent", "balance", "days", "resets", "ran_dry", "waits", "packs")
    return {name: getattr(tally, name) for name in (*names, "upgrades")}


def _statement(tally: Tally) -> list[tuple[str, int, int, int, int, int, int, int]]:
    return [
        (f"{month.starts_at:%m-%d %H:%M}", month.opening, month.granted, month.bought, month.spent, month.expired,
         month.closing, month.paid_minor)
        for month in statements.by_month(tally.account_id, tally.at)
    ]  # fmt: skip


def test_it_stops_when_credits_run_out(code: str) -> None:
    tally = replaying.run(_wanted(code, "stop"))
    assert tally.ended == "credits ran out"
    assert _counts(tally) == {
        "sent": 9, "empty": 1, "unsent": 14, "parts": 10, "spent": 10, "balance": 0, "days": 6, "resets": 0,
        "ran_dry": 1, "waits": 0, "packs": 0, "upgrades": 0,
    }  # fmt: skip
    assert tally.encodings == {"gsm7": 8, "ucs2": 1}
    assert _statement(tally) == [("01-31 14:00", 0, 10, 0, 10, 0, 0, 100)]
    assert tally.mismatches == ()


def test_it_waits_for_each_reset_counted_from_the_31st(code: str) -> None:
    tally = replaying.run(_wanted(code, "wait"))
    assert tally.ended == "every text was sent"
    assert _counts(tally) == {
        "sent": 23, "empty": 1, "unsent": 0, "parts": 24, "spent": 24, "balance": 6, "days": 14, "resets": 2,
        "ran_dry": 2, "waits": 2, "packs": 0, "upgrades": 0,
    }  # fmt: skip
    assert tally.encodings == {"gsm7": 22, "ucs2": 1}
    assert _statement(tally) == [
        ("01-31 14:00", 0, 10, 0, 10, 0, 0, 100),
        ("02-28 14:00", 0, 10, 0, 10, 0, 0, 100),
        ("03-31 13:00", 0, 10, 0, 4, 0, 6, 100),
    ]
    assert tally.mismatches == ()


def test_it_buys_the_cheapest_pack_that_closes_the_gap(code: str) -> None:
    tally = replaying.run(_wanted(code, "buy"))
    assert tally.ended == "every text was sent"
    assert _counts(tally) == {
        "sent": 23, "empty": 1, "unsent": 0, "parts": 24, "spent": 24, "balance": 1, "days": 12, "resets": 0,
        "ran_dry": 3, "waits": 0, "packs": 3, "upgrades": 0,
    }  # fmt: skip
    assert _statement(tally) == [("01-31 14:00", 0, 10, 15, 24, 0, 1, 310)]
    assert tally.mismatches == ()


def test_it_upgrades_and_pays_the_difference_for_the_days_left(code: str) -> None:
    # Dry on 5 February, 23 of 28 days left: ceil(20 × 23/28) = 17 credits for 205 − 82 = 1.23.
    tally = replaying.run(_wanted(code, "upgrade"))
    assert tally.ended == "every text was sent"
    assert _counts(tally) == {
        "sent": 23, "empty": 1, "unsent": 0, "parts": 24, "spent": 24, "balance": 3, "days": 12, "resets": 0,
        "ran_dry": 1, "waits": 0, "packs": 0, "upgrades": 1,
    }  # fmt: skip
    assert _statement(tally) == [("01-31 14:00", 0, 27, 0, 24, 0, 3, 223)]
    assert tally.mismatches == ()


def test_bought_credits_roll_over_and_plan_credits_do_not(code: str) -> None:
    texts = ["Hello"] * 11
    tally = replaying.run(replace(_wanted(code, "buy", texts), texts_a_day=11))
    assert _statement(tally) == [("01-31 14:00", 0, 10, 5, 11, 0, 4, 170)]
    tally = replaying.run(replace(_wanted(code, "buy", ["Hello"] * 30), texts_a_day=1))
    assert _statement(tally) == [
        ("01-31 14:00", 0, 10, 20, 28, 0, 2, 380),
        ("02-28 14:00", 2, 10, 0, 2, 0, 10, 100),
    ]


def test_at_the_dearest_price_it_waits_instead(code: str) -> None:
    tally = replaying.run(replace(_wanted(code, "upgrade", ["Hello"] * 31), credits=30, texts_a_day=31))
    assert (tally.ended, tally.sent, tally.upgrades, tally.waits) == ("every text was sent", 31, 0, 1)
    assert [row[-1] for row in _statement(tally)] == [250, 250]


def test_a_text_that_no_period_pays_for_ends_it(code: str) -> None:
    tally = replaying.run(_wanted(code, "wait", ["Hello", "a" * 153 * 11]))
    assert tally.ended == "text 2 costs more than a period has"
    assert (tally.sent, tally.unsent, tally.waits, tally.balance) == (1, 1, 1, 10)


def test_a_seed_varies_the_days_and_says_the_same_again(code: str) -> None:
    wanted = replace(_wanted(code, "buy", ["Hello"] * 40), texts_a_day=4, seed=7)
    first, again = replaying.run(wanted), replaying.run(wanted)
    assert _counts(first) == _counts(again)
    assert first.sent == 40
    assert first.at == again.at


def test_a_price_that_is_not_on_offer_is_refused_with_those_that_are(code: str) -> None:
    with pytest.raises(Invalid) as refused:
        replaying.run(replace(_wanted(code, "stop"), credits=11))
    assert str(refused.value) == (f"There is no price {code}:11:month. On offer: {code}:10:month, {code}:30:month.")
    with pytest.raises(Invalid, match="There is no plan nothing"):
        replaying.run(replace(_wanted(code, "stop"), code="nothing"))


def test_texts_are_lines_or_what_follows_the_label_under_a_header(tmp_path: Path) -> None:
    file = tmp_path / "texts"
    file.write_text("one\n\nthree\u2028still three\n", encoding="utf-8")
    assert read_texts(file) == ["one", "", "three\u2028still three"]
    file.write_text('Label\tSMS\nham\tSay "hi"\nspam\tone\ttwo\n', encoding="utf-8")
    assert read_texts(file) == ['Say "hi"', "one\ttwo"]


def test_a_file_that_cannot_be_read_is_refused_in_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "texts"
    with pytest.raises(StartRefused, match="cannot be read: No such file or directory"):
        read_texts(file)
    file.write_bytes(b"good\n\xff\n")
    with pytest.raises(StartRefused, match="is not UTF-8: byte 6 is at fault"):
        read_texts(file)
    file.write_text("Label\tSMS\nham\tHello\nHello\n")
    with pytest.raises(StartRefused, match="line 3: no tab between label and text"):
        read_texts(file)


def _refill(database: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = dict(os.environ) | {"DATABASE_URL": database, "REFILL_SECRET_KEY": "for tests only"}
    return subprocess.run(
        [sys.executable, "-m", "refill", "replay", *arguments],
        env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_the_command_prints_totals_a_statement_and_that_all_agrees(code: str, database: str, tmp_path: Path) -> None:
    file = tmp_path / "texts"
    file.write_text("\n".join(TEXTS) + "\n", encoding="utf-8")
    ran = _refill(database, str(file), "--plan", f"{code}:10:month", "--pace", "2", "--when-empty", "buy")
    assert ran.returncode == 0, ran.stderr
    lines = [" ".join(line.split()) for line in ran.stdout.splitlines() if line.strip()]
    assert lines[1:7] == [
        "ended every text was sent",
        "texts 23 sent (22 gsm7, 1 ucs2), 1 empty, 0 not sent",
        "parts 24",
        "credits 24 spent, 1 left",
        "months 1; days with texts: 12, resets: 0",
        "ran dry 3; waits: 0, packs: 3, upgrades: 0",
    ]
    assert "31 Jan 2026 0 10 15 24 0 0 1 NZ$3.10" in lines
    assert lines[-2] == "verify clean"


def test_a_refusal_is_one_sentence_and_exit_code_1(database: str, tmp_path: Path) -> None:
    file = tmp_path / "texts"
    file.write_text("Hello\n")
    ran = _refill(database, str(file), "--when-empty", "beg")
    assert (ran.returncode, ran.stderr) == (1, "refill: when-empty is one of stop, wait, buy, upgrade.\n")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"plan": "growth"}, "--plan is CODE:CREDITS:INTERVAL, such as growth:1000:month."),
        ({"start": "tomorrow"}, "--start is a wall clock, such as 2026-01-31T09:00."),
        ({"start": "2026-01-31T09:00Z"}, "--start is a wall clock in --zone; leave the offset out."),
    ],
)
def test_options_that_say_nothing_are_refused_before_anything_is_made(
    tmp_path: Path, given: dict[str, str], said: str
) -> None:
    file = tmp_path / "texts"
    file.write_text("Hello\n")
    with pytest.raises(StartRefused) as refused:
        replay.run(file, **given)  # type: ignore[arg-type]
    assert str(refused.value) == said


def test_a_pace_zone_or_start_that_cannot_be_is_refused(code: str) -> None:
    wanted = _wanted(code, "stop")
    with pytest.raises(Invalid, match="pace is 1 to 100,000 texts a day"):
        replaying.run(replace(wanted, texts_a_day=0))
    with pytest.raises(Invalid, match="Give an IANA time zone"):
        replaying.run(replace(wanted, zone="Mars/Olympus"))
    with pytest.raises(Invalid, match="Give an instant within 30 years of today"):
        replaying.run(replace(wanted, starts=datetime(1926, 1, 31, 9)))
