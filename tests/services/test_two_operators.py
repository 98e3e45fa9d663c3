"""Two operators at once: what was shown is what is done, or the second is told that something has changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from refill.domain.errors import Conflict
from refill.domain.records import Actor
from refill.models import AuditRow, Pack, Plan, PolicyVersion, TaxRate
from refill.services.invoicing import taxes
from refill.services.selling import catalogue, catalogue_file, catalogue_versions, policies
from tests.together import together

OPERATOR = Actor("operator")
RATE = taxes.Wanted(
    country="LI", name="VAT", rate_basis_points=810, inclusive=False, reverse_charge=False, starts_at=None,
    livemode=None,
)  # fmt: skip


def done_of_four(deed: Callable[[], object]) -> int:
    """How many of four at once did it; the others were refused."""
    results = together([deed] * 4)
    assert not [fault for fault in results if isinstance(fault, Exception) and not isinstance(fault, Conflict)]
    return sum(not isinstance(result, Conflict) for result in results)


@pytest.mark.usefixtures("fresh_database")
def test_of_rows_of_the_tax_table_that_were_shown_at_once_one_is_added() -> None:
    mark = taxes.compare(RATE).mark
    assert taxes.compare(replace(RATE, rate_basis_points=820)).mark != mark
    assert done_of_four(lambda: taxes.put_rate(actor=OPERATOR, wanted=RATE, mark=mark)) == 1
    assert TaxRate.objects.filter(country="LI").count() == 1
    assert AuditRow.objects.filter(action="tax_rate.added").count() == 1


@pytest.mark.usefixtures("fresh_database")
def test_of_policies_that_were_shown_at_once_one_is_stored() -> None:
    before = PolicyVersion.objects.latest("id")
    minutes = iter(range(40, 50))

    def change() -> None:
        policies.put(actor=OPERATOR, values={"quote_minutes": next(minutes)}, newest_id=before.pk)

    assert done_of_four(change) == 1
    assert PolicyVersion.objects.filter(pk__gt=before.pk).count() == 1


@pytest.mark.usefixtures("fresh_database")
def test_of_catalogues_that_were_shown_at_once_one_is_applied() -> None:
    now = catalogue_versions.show("both")
    file = catalogue_file.read('[[packs]]\ncredits = 77000\namount = 99000\ncurrency = "usd"\n')
    mark = catalogue_versions.compare(file, "both").mark
    assert done_of_four(lambda: catalogue_versions.apply(actor=OPERATOR, file=file, mark=mark)) == 1
    assert Pack.objects.filter(credits=77_000).count() == 1
    assert catalogue_versions.show("both").plans == now.plans


@pytest.mark.usefixtures("fresh_database")
def test_of_plans_with_one_code_one_is_added() -> None:
    assert (
        done_of_four(lambda: catalogue.add_plan(actor=OPERATOR, name="Solo", rank=9, livemode=None, code="solo")) == 1
    )
    assert Plan.objects.filter(code="solo").count() == 1
