"""What is installed is what was tried: every requirement exact, every file with its hash."""

import re

from tests.tidy.tree import ROOT, text_of


def test_every_requirement_is_exact_and_hashed() -> None:
    for name in ("base.txt", "dev.txt", "localstripe.txt"):
        entries = re.split(r"\n(?=[a-zA-Z0-9])", text_of(ROOT / "requirements" / name))
        pinned = [entry for entry in entries if not entry.startswith("#")]
        assert len(pinned) > 10
        assert [entry.splitlines()[0] for entry in pinned if "==" not in entry or "--hash=sha256:" not in entry] == []


def test_every_asked_for_package_is_pinned() -> None:
    for name in ("base", "dev", "localstripe"):
        asked = {
            re.split(r"[\[~=<>; ]", line)[0].lower()
            for line in text_of(ROOT / "requirements" / f"{name}.in").splitlines()
            if line and not line.startswith(("-", "#"))
        }
        pinned = set(re.findall(r"^([a-z0-9._-]+)==", text_of(ROOT / "requirements" / f"{name}.txt"), flags=re.M))
        assert asked - pinned == set()
