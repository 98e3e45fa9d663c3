"""What the table of faults names exists."""

import re

from tests.tidy.tree import ROOT, modules, text_of


def test_every_test_that_the_table_of_faults_names_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", text_of(ROOT / "docs" / "evidence" / "faults.md")))
    there = {name for path in modules("tests") for name in re.findall(r"def (test_\w+)", text_of(path))}
    assert len(named) > 70
    assert sorted(named - there) == []
