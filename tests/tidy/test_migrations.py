"""Migrations are one line: who adds one beside another's must put it after."""

import re

from tests.tidy.tree import ROOT

BEFORE = re.compile(r"""dependencies = .*?\(["']refill["'], ["'](\w+)["']\)""", re.DOTALL)


def test_each_migration_follows_the_one_before_it() -> None:
    files = sorted((ROOT / "refill" / "migrations").glob("0*.py"))
    names = [path.stem for path in files]
    follows = [BEFORE.search(path.read_text(encoding="utf-8")) for path in files[1:]]
    assert [found and found[1] for found in follows] == names[:-1]
