"""Where a payment's money lies once a change of plan credited a part of it: each in one place (RULES §4.6)."""

from hypothesis import given
from hypothesis import strategies as st

from refill.domain.credited_on import last_first, lying_in, way_of


def test_the_last_paid_for_goes_first():
    assert last_first(50, [(3, 40), (2, 0), (1, 35)]) == [(3, 40), (1, 10)]
    assert last_first(30, [(3, 40), (1, 35)]) == [(3, 30)]
    assert last_first(90, [(3, 40), (1, 35)]) == [(3, 40), (1, 35)]


def test_what_was_credited_goes_first_and_on_to_where_it_was_credited_again():
    passed = {(1, 2): 35, (2, 3): 20}
    assert way_of(1, 50, passed) == {(1, 2): 35, (2, 3): 20}
    assert lying_in({(1, 2): 35, (2, 3): 20}) == {2: 15, 3: 20}
    assert way_of(2, 10, passed) == {(2, 3): 10}


def test_what_was_taken_back_before_is_not_there_again():
    passed = {(1, 2): 35, (2, 3): 20}
    for step, taken in way_of(1, 30, passed).items():
        passed[step] -= taken
    assert passed == {(1, 2): 5, (2, 3): 0}
    assert way_of(1, 10, passed) == {(1, 2): 5}


def test_a_step_that_two_ways_share_is_taken_once():
    passed = {(1, 2): 10, (1, 3): 10, (2, 3): 10, (3, 4): 15}
    assert way_of(1, 20, passed) == {(1, 2): 10, (2, 3): 10, (1, 3): 10, (3, 4): 15}


steps = st.tuples(st.integers(1, 5), st.integers(1, 5)).filter(lambda step: step[0] < step[1])


@given(st.dictionaries(steps, st.integers(0, 1_000)), st.integers(1, 5), st.integers(0, 3_000))
def test_no_more_is_taken_than_was_credited_and_all_of_it_lies_somewhere(passed, order_id, amount_minor):
    way = way_of(order_id, amount_minor, passed)
    assert all(0 < taken <= passed[step] for step, taken in way.items())
    gone = sum(taken for (source, _), taken in way.items() if source == order_id)
    assert gone == min(amount_minor, sum(most for (source, _), most in passed.items() if source == order_id))
    assert sum(lying_in(way).values()) == gone
