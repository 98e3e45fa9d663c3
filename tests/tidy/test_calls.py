"""Calls that belong in one room or in none."""

import ast
from pathlib import Path

from tests.tidy.tree import PACKAGE, calls, dotted, modules, shown, syntax_of

CREDIT_TABLES = {"Balance", "Grant", "Entry", "Hold", "HoldPart", "Block"}
CLOCKS = {
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.date.today",
    "timezone.now",
    "timezone.localdate",
    "time.time",
}
# Real time that no account lives in: the launcher's and the bench's stopwatches.
ROOMS_WITH_REAL_TIME = ("cli",)
WRITES = {"create", "bulk_create", "get_or_create", "update_or_create", "acreate"}


def _room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0]


def _calls_of(names: set[str]) -> list[tuple[Path, ast.Call]]:
    return [(path, call) for path in modules() for call in calls(syntax_of(path)) if dotted(call.func) in names]


def test_money_and_credits_are_never_floating_or_rounded_by_habit() -> None:
    assert [shown(path, call.lineno) for path, call in _calls_of({"float", "round"})] == []


def test_only_the_clock_gateway_reads_the_clock() -> None:
    assert [
        f"{shown(path, call.lineno)} {dotted(call.func)}"
        for path, call in _calls_of(CLOCKS)
        if path != PACKAGE / "gateways" / "clock.py" and _room(path) not in ROOMS_WITH_REAL_TIME
    ] == []


def test_only_the_ledger_makes_rows_of_the_credit_tables() -> None:
    found = []
    for path in modules():
        if _room(path) == "ledger":
            continue
        for call in calls(syntax_of(path)):
            model, _, manager_call = dotted(call.func).partition(".objects.")
            if model.rpartition(".")[2] in CREDIT_TABLES and manager_call in WRITES:
                found.append(shown(path, call.lineno))
    assert found == []


def test_imports_stand_at_the_top() -> None:
    found = [
        f"{shown(path, inner.lineno)} in {function.name}"
        for path in modules()
        if _room(path) != "cli"
        for function in ast.walk(syntax_of(path))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(function)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]
    assert found == []


def test_gateways_leave_the_orm_alone() -> None:
    found = [
        shown(path, node.lineno)
        for path in modules("refill/gateways")
        for node in ast.walk(syntax_of(path))
        if (isinstance(node, ast.ImportFrom) and (node.module or "").startswith("django.db.models"))
        or (
            isinstance(node, ast.ImportFrom) and node.module == "django.db" and "models" in {n.name for n in node.names}
        )
        or (isinstance(node, ast.Import) and any(n.name.startswith("django.db.models") for n in node.names))
    ]
    assert found == []


def test_no_signals_and_no_logic_in_save() -> None:
    found = [
        shown(path, node.lineno)
        for path in modules()
        for node in ast.walk(syntax_of(path))
        if (isinstance(node, ast.ImportFrom) and (node.module or "") in ("django.dispatch", "django.db.models.signals"))
        or (isinstance(node, ast.FunctionDef) and node.name == "save" and _room(path) == "models")
    ]
    assert found == []


def test_no_test_is_skipped_and_none_sleeps() -> None:
    skips = {"pytest.skip", "pytest.importorskip", "pytest.xfail", "time.sleep", "sleep"}
    marks = {"pytest.mark.skip", "pytest.mark.skipif", "pytest.mark.xfail"}
    found = [
        f"{shown(path, node.lineno)} {dotted(node)}"
        for path in modules("tests")
        for node in ast.walk(syntax_of(path))
        if isinstance(node, ast.Attribute | ast.Name) and dotted(node) in skips | marks
    ]
    assert found == []
