"""The driver agrees with a product that is right, and names the step at which a wrong one differs."""

import pytest

from tests.model.driver import Catalogue, Mismatch, live
from tests.model.lots import Grant
from tests.model.reference import Quote
from tests.model.stand_in import StandIn

pytestmark = pytest.mark.no_database


class SpendsADuplicateAgain(StandIn):
    def post_usage(self, rest: list[str], body: object, key: str) -> object:
        return super().post_usage(rest, body, key if rest else f"{key}-{len(self.account.entries)}")


class SetsInsteadOfAdding(StandIn):
    def grant_row(self, grant: Grant) -> dict[str, object]:
        row = super().grant_row(grant)
        return {**row, "remaining": grant.amount - grant.held if grant.remaining else 0}


class RoundsQuotesDown(StandIn):
    def post_quotes(self, rest: list[str], body: object, key: str) -> dict[str, object]:
        answer: dict[str, object] = super().post_quotes(rest, body, key)
        if not rest:
            quote: Quote = self.quotes[-1]
            less = int(quote.kind == "upgrade" and quote.due_minor > 0)
            answer["due_now"] = {"amount": quote.due_minor - less}
        return answer


class ChargesTwice(StandIn):
    def get_invoices(self, rest: list[str], body: object, key: str) -> object:
        self.account.taken_minor *= 2
        return super().get_invoices(rest, body, key)


def live_all(product: type[StandIn], lives: int = 30) -> int:
    steps = 0
    for seed in range(lives):
        catalogue = Catalogue(product().request, "key", "model")
        steps += live(catalogue.make(), seed, 125, f"life-{seed}")
    return steps


def test_thirty_lives_agree_with_a_product_that_is_the_model_itself() -> None:
    assert live_all(StandIn) >= 3750


WRONG = [SpendsADuplicateAgain, SetsInsteadOfAdding, RoundsQuotesDown, ChargesTwice]


@pytest.mark.parametrize("product", WRONG)
def test_a_wrong_product_is_noticed(product: type[StandIn]) -> None:
    with pytest.raises(Mismatch):
        live_all(product)


def test_the_report_names_seed_step_and_every_operation_up_to_the_difference() -> None:
    with pytest.raises(Mismatch) as noticed:
        live_all(SetsInsteadOfAdding)
    text = str(noticed.value)
    first, operations = text.splitlines()[0], text.split("operations up to here:\n")[1].splitlines()
    assert first.startswith("seed 0, step ")
    assert len(operations) == int(first.split("step ")[1].split(":")[0]) + 1
    assert operations[-1] == first.split(": ", 1)[1]
