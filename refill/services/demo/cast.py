"""Who is in the demo. All people are invented, all addresses end in .example."""

from __future__ import annotations

from dataclasses import dataclass

from refill.domain.roles import Role


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a login. `after_months` of the account's life they join."""

    name: str
    email: str
    role: Role
    after_months: int = 0


@dataclass(frozen=True, slots=True)
class Customer:
    """A demo account. `moment` says in a few words why it is worth a look; the Owner comes first in `people`."""

    code: str
    name: str
    zone: str
    moment: str
    people: tuple[Person, ...]

    @property
    def owner(self) -> Person:
        return self.people[0]


@dataclass(frozen=True, slots=True)
class Operator:
    """Somebody of the operator's office; their authenticator's codes are shown by the demo."""

    name: str
    email: str


NORTHWIND = Customer(
    "northwind", "Northwind Dental", "America/Chicago",
    "Growth, 1,000 on the 22nd of each month; plenty left, some bought",
    (
        Person("Maya Lindqvist", "maya@northwind.example", Role.OWNER),
        Person("Tomas Okafor", "tomas@northwind.example", Role.MANAGER, 1),
        Person("June Park", "june@northwind.example", Role.MEMBER, 3),
        Person("Ravi Menon", "ravi@northwind.example", Role.OBSERVER, 5),
    ),
)  # fmt: skip
HARBOR = Customer(
    "harbor", "Harbor Yoga", "America/Los_Angeles", "Growth, 1,000 a month; ran dry in mid-month",
    (
        Person("Priya Raman", "priya@harbor.example", Role.OWNER),
        Person("Leo Castellanos", "leo@harbor.example", Role.ADMIN),
        Person("Hanna Vogel", "hanna@harbor.example", Role.MANAGER, 1),
        Person("Aisha Bello", "aisha@harbor.example", Role.ADMIN, 4),
        Person("Sam Whitfield", "sam@harbor.example", Role.MEMBER, 4),
        Person("Noor Haddad", "noor@harbor.example", Role.OBSERVER, 6),
    ),
)  # fmt: skip
ALDER = Customer(
    "alder", "Alder & Finch Realty", "America/New_York", "Scale, 30,000 a year from the 31st; a downgrade is scheduled",
    (
        Person("Eleanor Finch", "eleanor@alder.example", Role.OWNER),
        Person("Marcus Alder", "marcus@alder.example", Role.ADMIN),
        Person("Ivy Tran", "ivy@alder.example", Role.MEMBER, 2),
        Person("Jonas Weber", "jonas@alder.example", Role.MANAGER, 3),
        Person("Lena Costa", "lena@alder.example", Role.OBSERVER, 6),
    ),
)  # fmt: skip
CAST = (NORTHWIND, HARBOR, ALDER)
OPERATORS = (Operator("Olive Marsh", "olive@refill.example"), Operator("Pavel Novak", "pavel@refill.example"))
