"""The hot calls' part of the OpenAPI document, from their shapes."""

from __future__ import annotations

from typing import Any

import msgspec

from refill.lane import shapes

_REF = "#/components/schemas/{name}"
_STRUCTS = (
    shapes.Usage, shapes.UsageMade, shapes.Batch, shapes.BatchMade, shapes.Reverse, shapes.Reversed,
    shapes.Hold, shapes.HoldMade, shapes.Capture, shapes.HoldEnded, shapes.Nothing,
)  # fmt: skip
_CALLS: tuple[tuple[str, str, str, str, type | None, str, int, tuple[int, ...]], ...] = (
    ("/v1/usage", "post", "create_usage", "Spend credits", shapes.Usage, "UsageMade", 201, (402, 409)),
    ("/v1/usage/batch", "post", "create_usage_batch", "Spend for up to 10,000 items", shapes.Batch, "BatchMade", 201,
     (402, 409)),
    ("/v1/usage/{usage_id}/reverse", "post", "reverse_usage", "Give credits of a spend back", shapes.Reverse,
     "Reversed", 200, (409,)),
    ("/v1/holds", "post", "create_hold", "Set credits aside", shapes.Hold, "HoldMade", 201, (402, 409)),
    ("/v1/holds/{hold_id}/capture", "post", "capture_hold", "Use what is held, or a part", shapes.Capture, "HoldEnded",
     200, (409,)),
    ("/v1/holds/{hold_id}/release", "post", "release_hold", "Give back what is held", shapes.Nothing, "HoldEnded", 200,
     (409,)),
    ("/v1/balance", "get", "get_balance", "The balance now", None, "Balance", 200, ()),
)  # fmt: skip
_SAID = {
    "create_usage": "All or nothing, once for each key, from the grants in burn order: what ends soonest first.",
    "create_usage_batch": "Each item has a key of its own, in one namespace with the keys of single spends. Results are"
    " in the order of the items.",
    "reverse_usage": "At most what is unreversed. It returns to its grant; where that has ended, it expires with it.",
    "create_hold": "Captured or released exactly once, or released when it expires.",
    "capture_hold": "What is not captured is released.",
    "release_hold": "It goes back to the grants that it came from.",
    "get_balance": "Kept totals. With expand=grants the first 100 grants that hold something, in burn order.",
}
_EXPAND = {"name": "expand", "in": "query", "required": False, "schema": {"type": "string", "enum": ["grants"]}}


def hot_schemas() -> dict[str, Any]:
    """The structs as JSON Schema."""
    _, components = msgspec.json.schema_components(_STRUCTS, ref_template=_REF)
    return components


def hot_paths() -> dict[str, Any]:
    """The calls, each with its body and its answer."""
    paths: dict[str, Any] = {}
    for path, method, name, summary, body, answer, status, refuses in _CALLS:
        operation: dict[str, Any] = {
            "operationId": name, "summary": summary, "description": _SAID[name], "tags": ["Credits"],
            "parameters": [_path_parameter(path)] if "{" in path else [],
            "responses": {str(status): {"description": "Done", "content": _content(answer)}},
            "x-refuses": list(refuses),
        }  # fmt: skip
        if body is not None:
            operation["requestBody"] = {"required": True, "content": _content(body.__name__)}
        else:
            operation["parameters"].append(_EXPAND)
        paths.setdefault(path, {})[method] = operation
    return paths


def _content(schema: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": _REF.format(name=schema)}}}


def _path_parameter(path: str) -> dict[str, Any]:
    name = path[path.index("{") + 1 : path.index("}")]
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
