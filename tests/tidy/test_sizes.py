"""Small files, small functions."""

import ast

from tests.tidy.tree import modules, shown, syntax_of, text_of

LONGEST_FILE_LINES = 400
LONGEST_FUNCTION_LINES = 60


def test_no_module_is_longer_than_a_person_reads_at_once() -> None:
    long = {
        shown(path): len(text_of(path).splitlines())
        for room in ("refill", "tests", "bench")
        for path in modules(room)
        if len(text_of(path).splitlines()) > LONGEST_FILE_LINES
    }
    assert long == {}


def test_no_function_is_longer_than_sixty_lines() -> None:
    long = {
        f"{shown(path, node.lineno)} {node.name}": node.end_lineno - node.lineno + 1
        for path in modules()
        for node in ast.walk(syntax_of(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > LONGEST_FUNCTION_LINES
    }
    assert long == {}
