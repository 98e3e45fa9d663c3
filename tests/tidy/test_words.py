"""Words that have no place in the tree. They are put together here, so that this file does not hold them."""

import re
from pathlib import Path

from tests.tidy.tree import kept_files, modules, shown, text_of

NAMES_THAT_SAY_NOTHING = {"utils", "util", "helpers", "helper", "manager", "managers", "common", "misc", "v2"}
PACKAGE_HOSTS = "|".join(("py" + r"pi\.org", "python" + "hosted", "npm" + r"js\.(org|com)", "deb" + r"\.debian"))
MACHINE_PATHS = "|".join(rf"(?<![\w./-])/{top}/[a-z.]" for top in ("wo" + "rk", "tm" + "p", "ro" + "ot", "ho" + "me"))
MARKS = re.compile("|".join(("TO" + "DO", "FIX" + "ME", r"\bXX" + r"X\b", "NotImplemented" + "Error")))
# Pinned hashes are long random text, and the corpus is other people's.
_NOT_OURS = ("requirements/base.txt", "requirements/dev.txt", "requirements/localstripe.txt")


def _lines_with(pattern: re.Pattern[str], paths: list[Path]) -> list[str]:
    return [
        f"{shown(path, number)}: {line.strip()[:100]}"
        for path in paths
        for number, line in enumerate(text_of(path).splitlines(), start=1)
        if pattern.search(line)
    ]


def _own_files() -> list[Path]:
    return [path for path in kept_files() if shown(path) not in _NOT_OURS and path.suffix not in (".tsv", ".svg")]


def test_no_file_names_a_package_host() -> None:
    assert _lines_with(re.compile(PACKAGE_HOSTS), list(kept_files())) == []


def test_no_file_names_a_path_of_somebodys_machine() -> None:
    assert _lines_with(re.compile(MACHINE_PATHS), _own_files()) == []


def test_nothing_is_left_unfinished() -> None:
    assert _lines_with(MARKS, [path for path in _own_files() if path.suffix == ".py"]) == []


def test_no_lock_file_that_names_an_index_is_kept() -> None:
    assert [shown(path) for path in kept_files() if path.name in ("uv.lock", "pylock.toml", "poetry.lock")] == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [
        shown(path)
        for room in ("refill", "tests", "bench")
        for path in modules(room)
        if NAMES_THAT_SAY_NOTHING & {part.removesuffix(".py") for part in path.parts[-3:]}
    ] == []
