"""The table of RULES §8, read cell by cell; and never above one's own rank."""

import itertools

import pytest

from refill.domain.roles import (
    LABELS,
    TABLE,
    Right,
    Role,
    Scope,
    givable,
    key_may_act,
    may,
    may_change,
    may_give,
    may_remove,
    scope_of,
    who_has,
)

OBSERVER, MEMBER, MANAGER, ADMIN, OWNER = Role
# y yes, o own, - no; Owner, Admin, Manager, Member, Observer.
RULES_TABLE = {
    "see_use": "yyyyy",
    "see_money": "yy---",
    "change_billing": "yy---",
    "remove": "yy---",
    "add": "yy---",
    "edit_inboxes": "yyy--",
    "manage_members": "yy---",
    "send": "yyyy-",
    "statement": "yyyo-",
    "develop": "yy---",
    "own": "y----",
    "ask": "--yyy",
}


def test_the_table_is_that_of_the_rules() -> None:
    letters = {Scope.ALL: "y", Scope.OWN: "o", Scope.NONE: "-"}
    found = {
        right.value: "".join(letters[row[role]] for role in (OWNER, ADMIN, MANAGER, MEMBER, OBSERVER))
        for right, row in TABLE.items()
    }
    assert found == RULES_TABLE


def test_every_right_has_words_and_a_cell_for_every_role() -> None:
    assert set(TABLE) == set(LABELS) == set(Right)
    assert all(set(row) == set(Role) for row in TABLE.values())
    assert Right.SEND.label == "Send texts and broadcasts"
    assert OWNER.label == "Owner"


def test_roles_are_ordered() -> None:
    assert OBSERVER < MEMBER < MANAGER < ADMIN < OWNER
    assert OWNER >= ADMIN >= ADMIN
    assert sorted([ADMIN, OBSERVER, OWNER], reverse=True) == [OWNER, ADMIN, OBSERVER]
    assert [role.rank for role in Role] == [0, 1, 2, 3, 4]
    assert Role("owner") is OWNER
    with pytest.raises(TypeError):
        assert OWNER < "admin"


def test_may_reads_the_table() -> None:
    assert may(ADMIN, Right.REMOVE)
    assert not may(MANAGER, Right.REMOVE)
    assert may(MEMBER, Right.STATEMENT)
    assert scope_of(MEMBER, Right.STATEMENT) is Scope.OWN
    assert scope_of(MANAGER, Right.STATEMENT) is Scope.ALL
    assert not may(OBSERVER, Right.STATEMENT)
    assert not may(ADMIN, Right.OWN)


def test_who_has_a_right_is_named_highest_first() -> None:
    assert who_has(Right.CHANGE_BILLING) == (OWNER, ADMIN)
    assert who_has(Right.OWN) == (OWNER,)
    assert who_has(Right.ASK) == (MANAGER, MEMBER, OBSERVER)


def test_the_table_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        TABLE[Right.OWN][OBSERVER] = Scope.ALL  # type: ignore[index]


def test_roles_are_given_up_to_ones_own_rank_and_ownership_never() -> None:
    assert givable(OWNER) == (ADMIN, MANAGER, MEMBER, OBSERVER)
    assert givable(ADMIN) == (ADMIN, MANAGER, MEMBER, OBSERVER)
    assert givable(MANAGER) == givable(MEMBER) == givable(OBSERVER) == ()


@pytest.mark.parametrize(("actor", "current", "wanted"), list(itertools.product(Role, repeat=3)))
def test_a_role_is_changed_only_by_who_manages_members_and_never_from_or_to_owner(
    actor: Role, current: Role, wanted: Role
) -> None:
    allowed = actor in (OWNER, ADMIN) and OWNER not in (current, wanted)
    assert may_change(actor, current, wanted) is allowed


def test_the_owner_is_never_removed() -> None:
    assert [may_remove(actor, OWNER) for actor in Role] == [False] * 5
    assert [may_remove(actor, ADMIN) for actor in (MANAGER, ADMIN, OWNER)] == [False, True, True]
    assert not may_give(OWNER, OWNER)


@pytest.mark.parametrize(
    ("key", "maker", "lives"),
    [
        (OWNER, OWNER, True),
        (ADMIN, OWNER, True),
        (OWNER, ADMIN, False),
        (ADMIN, ADMIN, True),
        (OBSERVER, ADMIN, True),
        (ADMIN, MANAGER, False),
        (OBSERVER, MANAGER, False),
        (OBSERVER, None, False),
    ],
)
def test_a_key_is_never_above_its_maker_and_dies_with_the_makers_role(
    key: Role, maker: Role | None, lives: bool
) -> None:
    assert key_may_act(key, maker) is lives
