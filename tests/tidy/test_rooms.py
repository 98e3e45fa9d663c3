"""The rooms of the house: which there are, what stands at their doors, and who may import whom."""

import subprocess
import sys
import tomllib
from pathlib import Path

from tests.tidy.tree import PACKAGE, ROOT, kept_files, modules, shown, text_of

ROOMS = (
    "web", "api", "hooks", "worker", "cli", "services", "queries", "ledger", "models", "lane", "gateways", "domain",
)  # fmt: skip
ROOMS_THAT_MAY_COME: tuple[str, ...] = ()
FURNITURE = ("templates", "static", "migrations")
LONGEST_README_LINES = 40


def _rooms_found() -> set[str]:
    return {path.relative_to(PACKAGE).parts[0] for path in kept_files() if path.is_relative_to(PACKAGE)} - {
        path.name for path in kept_files() if path.parent == PACKAGE
    }


def test_there_are_exactly_the_rooms_of_the_house() -> None:
    assert _rooms_found() - set(ROOMS_THAT_MAY_COME) == {*ROOMS, *FURNITURE}


def test_each_room_is_a_package_with_a_short_readme() -> None:
    wrong = {}
    for room in [*ROOMS, *(set(ROOMS_THAT_MAY_COME) & _rooms_found())]:
        readme = PACKAGE / room / "README.md"
        if not (PACKAGE / room / "__init__.py").exists():
            wrong[room] = "no __init__.py"
        elif not readme.exists():
            wrong[room] = "no README.md"
        elif len(text_of(readme).splitlines()) > LONGEST_README_LINES:
            wrong[room] = f"README.md has {len(text_of(readme).splitlines())} lines"
    assert wrong == {}


def test_each_folder_with_modules_is_a_package() -> None:
    folders = {path.parent for path in modules()}
    assert [shown(folder) for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


def test_each_room_has_an_import_contract() -> None:
    contracts = tomllib.loads(text_of(ROOT / "pyproject.toml"))["tool"]["importlinter"]["contracts"]
    bound = {module for contract in contracts for module in contract.get("source_modules", [])}
    rooms = _rooms_found() & {*ROOMS, *ROOMS_THAT_MAY_COME}
    assert {f"refill.{room}" for room in rooms} - bound == set()


def test_the_import_contracts_are_kept() -> None:
    checked = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_settings_that_a_person_can_give_are_all_described() -> None:
    described = text_of(ROOT / "docs" / "operating.md")
    read = {
        word
        for path in modules()
        for word in text_of(path).replace('"', " ").replace("'", " ").split()
        if word.startswith("REFILL_") and word.isupper() and word.replace("_", "").isalpha()
    } | {"DATABASE_URL"}
    assert sorted(name for name in read if f"`{name}`" not in described) == []
