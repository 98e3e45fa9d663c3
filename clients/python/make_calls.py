"""Make refill_client/types.py and _async_calls.py from the OpenAPI document: python make_calls.py openapi.json

Then `python make_sync.py` makes the client for threads.
"""

from __future__ import annotations

import json
import keyword
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent / "refill_client"
METHODS = ("get", "post", "put", "patch", "delete")
JSON = "application/json"
# Longer lists of words are texts for a type checker.
MOST_WORDS = 12
TYPES_HEAD = '''"""What the API takes and answers, as typed dictionaries. Made by make_calls.py; change that one."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict
'''
CALLS_HEAD = '''"""Every call of the API under its own name. Made by make_calls.py; change that one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Literal

from refill_client import _calls, types
from refill_client._async_core import AsyncCore
from refill_client._calls import LEFT_OUT


class AsyncCalls(AsyncCore):
    """One method for each call, named as in the document. What is left out is not sent; None is sent as null."""
'''


def type_of(schema: dict[str, Any], *, prefix: str = "") -> str:
    """How a type checker calls what fits a schema."""
    if "$ref" in schema:
        return prefix + schema["$ref"].rpartition("/")[2]
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(type_of(one, prefix=prefix) for one in schema["anyOf"]))
    if "enum" in schema and len(schema["enum"]) <= MOST_WORDS:
        return f"Literal[{', '.join(json.dumps(word) for word in schema['enum'])}]"
    plain = {"integer": "int", "string": "str", "boolean": "bool", "null": "None", "number": "float"}
    kind = schema.get("type", "")
    if kind == "array":
        return f"list[{type_of(schema['items'], prefix=prefix)}]"
    if kind == "object":
        inner = schema.get("additionalProperties")
        return f"dict[str, {type_of(inner, prefix=prefix) if isinstance(inner, dict) else 'Any'}]"
    return plain.get(kind, "Any")


def _is_shape(name: str, schema: dict[str, Any]) -> bool:
    return "properties" in schema and not name.startswith("Listed_") and not name.endswith("Paging")


def make_types(document: dict[str, Any]) -> str:
    """The text of types.py."""
    parts = [TYPES_HEAD]
    for name, schema in sorted(document["components"]["schemas"].items()):
        if not _is_shape(name, schema):
            continue
        needed = set(schema.get("required", ()))
        members = {
            member: type_of(one) if member in needed else f"NotRequired[{type_of(one)}]"
            for member, one in schema["properties"].items()
        }
        said = " ".join(schema.get("description", "").split("\n\n")[0].split())
        if any(keyword.iskeyword(member) for member in members):
            rows = "".join(f'    "{member}": {kind!r},\n' for member, kind in members.items())
            parts.append(f'{name} = TypedDict("{name}", {{\n{rows}}})\n')
            continue
        rows = "".join(f"    {member}: {kind}\n" for member, kind in members.items())
        body = (f'    """{said}"""\n\n' if said else "") + rows
        parts.append(f"class {name}(TypedDict):\n{body or '    pass'}")
    return "\n\n".join(parts)


def make_calls(document: dict[str, Any]) -> str:
    """The text of _async_calls.py."""
    schemas = document["components"]["schemas"]
    made = [
        _method(path, method, calls[method], schemas)
        for path, calls in document["paths"].items()
        for method in METHODS
        if method in calls
    ]
    return CALLS_HEAD + "\n" + "\n".join(sorted(made))


def _safe(name: str) -> str:
    return f"{name}_" if keyword.iskeyword(name) else name


def _members(operation: dict[str, Any], schemas: dict[str, Any]) -> dict[str, tuple[str, bool]] | None:
    """The body's members with their types, and whether they are needed; None where it is free."""
    schema = operation["requestBody"]["content"][JSON]["schema"]
    schema = schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    if "properties" not in schema:
        return None
    needed = set(schema.get("required", ()))
    return {name: (_taken(type_of(one, prefix="types.")), name in needed) for name, one in schema["properties"].items()}


def _taken(kind: str) -> str:
    return re.sub(r"\bdict\[", "Mapping[", re.sub(r"\blist\[", "Sequence[", kind))


def _method(path: str, method: str, operation: dict[str, Any], schemas: dict[str, Any]) -> str:
    name, parameters = operation["operationId"], operation["parameters"]
    address = path.removeprefix("/v1")
    places = [f"{place}: str" for place in re.findall(r"\{(\w+)\}", address)]
    asked = {one["name"]: one["schema"] for one in parameters if one["in"] == "query"}
    keyed = any(one["name"] == "Idempotency-Key" for one in parameters)
    written = f'{"f" if places else ""}"{address}"'
    given, rows, sent = [], "", ""
    if "requestBody" in operation:
        members = _members(operation, schemas)
        if members is None:
            places.append("wanted: Mapping[str, Any]")
            sent = ", wanted"
        else:
            given += [f"{_safe(one)}: {kind}" for one, (kind, needed) in members.items() if needed]
            given += [f"{_safe(one)}: {kind} = LEFT_OUT" for one, (kind, needed) in members.items() if not needed]
            rows, sent = _dict("sent", members), ", sent" if members or method != "post" else ""
    paged = "cursor" in asked
    asked = {one: schema for one, schema in asked.items() if one not in ("limit", "cursor")}
    given += [f"{_safe(one)}: {_taken(type_of(schema))} | None = None" for one, schema in asked.items()]
    if asked:
        rows += _dict("params", asked)
    further = ", params" if asked and paged else ", params=params" if asked else ""
    if keyed:
        given.append("key: str | None = None")
        further += ", key=key"
    signature = ", ".join(["self", *places, *(["*", *given] if given else [])])
    answer = operation["responses"][min(status for status in operation["responses"] if status.startswith("2"))]
    gives, line, plain = _answer(answer, method, written, sent, further, paged)
    return (
        f"    {plain} {name}({signature}) -> {gives}:\n"
        f'        """{operation["summary"]}."""\n{rows if sent or asked else ""}        return {line}\n'
    )


def _dict(name: str, members: Any) -> str:
    if not members:
        return ""
    rows = ", ".join(f'"{one}": {_safe(one)}' for one in members)
    return f"        {name} = _calls.given({{{rows}}})\n"


def _answer(
    answer: dict[str, Any], method: str, written: str, sent: str, further: str, paged: bool
) -> tuple[str, str, str]:
    """What the method gives, the line that calls, and how it is defined."""
    call = f'"{method.upper()}", {written}{sent}{further}'
    if JSON not in answer["content"]:
        media = next(iter(answer["content"]))
        return "bytes", f'await self._call(bytes, {call}, accept="{media}")', "async def"
    shape = answer["content"][JSON]["schema"]["$ref"].rpartition("/")[2]
    if shape.startswith("Listed_"):
        row = f"types.{shape.removeprefix('Listed_').removesuffix('_')}"
        if paged:
            return f"AsyncIterator[{row}]", f"self.pages({row}, {written}{further})", "def"
        return f"list[{row}]", f"await self._rows({row}, {written}{further})", "async def"
    return f"types.{shape}", f"await self._call(types.{shape}, {call})", "async def"


def formatted(text: str) -> str:
    """As ruff writes it."""
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--line-length", "120", "-"]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    read = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    (HERE / "types.py").write_text(formatted(make_types(read)), encoding="utf-8")
    (HERE / "_async_calls.py").write_text(formatted(make_calls(read)), encoding="utf-8")
