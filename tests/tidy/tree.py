"""What the tidiness tests look at: the files of the tree, read once, and their syntax trees."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "refill"
_NEVER_LOOKED_AT = {
    ".git",
    ".venv",
    ".venv-localstripe",
    ".data",
    ".static",
    "node_modules",
    "__pycache__",
    "mutants",
    ".hypothesis",
}
_GENERATED_ENDINGS = (".egg-info",)


@cache
def kept_files() -> tuple[Path, ...]:
    """Every file that is committed or about to be; without git, every file that is not a tool's."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode == 0 and listed.stdout:
        return tuple(path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file())
    return tuple(_walk(ROOT))


def _walk(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name in _NEVER_LOOKED_AT or path.name.endswith(_GENERATED_ENDINGS) or path.is_symlink():
            continue
        if path.is_dir():
            yield from _walk(path)
        else:
            yield path


@cache
def modules(under: str = "refill") -> tuple[Path, ...]:
    """Our Python files below `under`, migrations left out."""
    return tuple(
        path
        for path in kept_files()
        if path.suffix == ".py" and path.is_relative_to(ROOT / under) and "migrations" not in path.parts
    )


@cache
def text_of(path: Path) -> str:
    """The file as text, empty where it is none."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


@cache
def syntax_of(path: Path) -> ast.Module:
    return ast.parse(text_of(path), filename=str(path))


def shown(path: Path, line: int | None = None) -> str:
    """A place as a person would look it up."""
    return f"{path.relative_to(ROOT)}" + (f":{line}" if line else "")


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def dotted(node: ast.expr) -> str:
    """`a.b.c` of an expression made of names, else an empty text."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        left = dotted(node.value)
        return f"{left}.{node.attr}" if left else ""
    return ""
