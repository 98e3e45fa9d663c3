"""The human docs, made from the document: one calm page, no script, nothing from elsewhere."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from refill.api import snippets
from refill.api.openapi import METHODS, document
from refill.api.problems import PAGE_POLICY, all_refusals, status_of
from refill.domain.key_texts import KEY_SCOPES

STYLE = Path(__file__).with_name("docs.css")
_CODE = re.compile(r"`([^`]+)`")
_WELCOME = """Send <code>Authorization: Bearer rf_…</code>; with a platform key also <code>Refill-Account: acc_…</code>.
Money is whole minor units, credits are whole numbers, times are UTC. Every POST takes an <code>Idempotency-Key</code>;
where credits or money move it is required, and a retry with the same key happens once. Refusals are
<code>application/problem+json</code> with a stable <code>code</code>. Lists take <code>limit</code> (1 to 100) and
<code>cursor</code>. The Python lines are of <code>refill-client</code> (clients/python): <code>refill = Refill(key,
base_url=…, account=…)</code>."""


def show_style(request: HttpRequest) -> HttpResponse:
    """GET /v1/docs.css"""
    return _shown(STYLE.read_text(encoding="utf-8"), "text/css; charset=utf-8")


def show_docs(request: HttpRequest) -> HttpResponse:
    """GET /v1/docs"""
    return _shown(_page(), "text/html; charset=utf-8")


def _shown(text: str, content_type: str) -> HttpResponse:
    response = HttpResponse(text, content_type=content_type)
    response["Content-Security-Policy"] = PAGE_POLICY
    response["Cache-Control"] = "max-age=300"
    return response


@lru_cache(maxsize=1)
def _page() -> str:
    made = document()
    by_tag: dict[str, list[SafeString]] = {tag["name"]: [] for tag in made["tags"]}
    for path, operations in made["paths"].items():
        for method in METHODS:
            if method in operations:
                operation = operations[method]
                by_tag[operation["tags"][0]].append(_call(path, method, operation, made))
    links = format_html_join("", '<li><a href="#{}">{}</a></li>', ((_slug(tag), tag) for tag in by_tag))
    sections = format_html_join(
        "", '<section id="{}"><h2>{}</h2>{}</section>',
        ((_slug(tag), tag, mark_safe("".join(calls))) for tag, calls in by_tag.items()),  # noqa: S308
    )  # fmt: skip
    codes = format_html_join(
        "", '<tr><td><a href="/problems/{}"><code>{}</code></a></td><td>{}</td><td>{}</td></tr>',
        ((code, code, status_of(refusal), refusal.title) for code, refusal in sorted(all_refusals().items())),
    )  # fmt: skip
    return format_html(
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Refill API</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="stylesheet" href="/v1/docs.css"></head><body><main><h1>Refill API</h1><p>{}</p>'
        '<p>Scopes of keys: {}. The same as data: <a href="/v1/openapi.json">openapi.json</a>.</p>'
        '<nav aria-label="Sections"><ul>{}<li><a href="#problems">Problems</a></li></ul></nav>{}'
        '<section id="problems"><h2>Problems</h2><table><thead><tr><th>Code</th><th>Status</th><th>Meaning</th></tr>'
        "</thead><tbody>{}</tbody></table></section></main></body></html>",
        mark_safe(_WELCOME), ", ".join(KEY_SCOPES), links, sections, codes,  # noqa: S308
    )  # fmt: skip


def _said(text: str) -> SafeString:
    """Words of the document: what stands between backticks is code."""
    return mark_safe(_CODE.sub(r"<code>\1</code>", escape(text)))  # noqa: S308


def _slug(text: str) -> str:
    return text.lower().replace(" ", "-")


def _call(path: str, method: str, operation: dict[str, Any], made: dict[str, Any]) -> SafeString:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    good = next(answer for status, answer in operation["responses"].items() if status.startswith("2"))
    media, content = next(iter(good["content"].items()))
    refusals = [status for status in operation["responses"] if not status.startswith("2")]
    return format_html(
        '<details id="{}"><summary><b class="{}">{}</b> <code>{}</code> <span>{}</span></summary><p>{}</p>'
        "<p>For: {}. Scope: {}.</p>{}{}<pre class='curl'>{}</pre><pre class='python'>{}</pre>{}"
        "<p>Refuses with {}.</p></details>",
        operation["operationId"], method, method.upper(), path, _said(operation["summary"]),
        _said(operation["description"]),
        operation["x-role"].replace("_", " "), operation["x-scope"], _parameters(operation["parameters"]),
        _fields("Body", body.get("schema"), made), snippets.curl(method, path, operation),
        snippets.python(method, path, operation),
        _answer(media, content, made), ", ".join(refusals),
    )  # fmt: skip


def _answer(media: str, content: dict[str, Any], made: dict[str, Any]) -> SafeString:
    if media != "application/json":
        return format_html("<p>Answers with {}.</p>", media)
    return _fields("Answer", content["schema"], made) + _example(content.get("example"))


def _parameters(parameters: list[dict[str, Any]]) -> SafeString:
    rows = ((p["name"], p["in"], "required" if p["required"] else "", p.get("description", "")) for p in parameters)
    return _table("Parameters", ("Name", "In", "", "Meaning"), list(rows))


def _fields(title: str, schema: dict[str, Any] | None, made: dict[str, Any]) -> SafeString:
    found = _resolved(schema or {}, made)
    needed = found.get("required", [])
    rows = [
        (name, _type(field, made), "required" if name in needed else "", field.get("description", ""))
        for name, field in found.get("properties", {}).items()
    ]
    return _table(title, ("Field", "Type", "", "Meaning"), rows)


def _resolved(schema: dict[str, Any], made: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return dict(made["components"]["schemas"][name])
    return schema


def _type(field: dict[str, Any], made: dict[str, Any]) -> str:
    if "$ref" in field:
        return str(field["$ref"].rsplit("/", 1)[1])
    if "anyOf" in field:
        return " or ".join(_type(choice, made) for choice in field["anyOf"])
    if "enum" in field:
        shown = [str(value) for value in field["enum"]]
        return " | ".join(shown) if len(shown) <= 12 else f"one of {len(shown)} words"
    if field.get("type") == "array":
        return f"list of {_type(field.get('items', {}), made)}"
    return str(field.get("format") or field.get("type") or "any")


def _table(title: str, heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> SafeString:
    if not rows:
        return mark_safe("")
    body = format_html_join(
        "",
        "<tr><td><code>{}</code></td><td>{}</td><td>{}</td><td>{}</td></tr>",
        ((*row, _said(said)) for *row, said in rows),
    )
    return format_html(
        "<table><caption>{}</caption><thead><tr>{}</tr></thead><tbody>{}</tbody></table>",
        title, format_html_join("", "<th>{}</th>", ((head,) for head in heads)), body,
    )  # fmt: skip


def _example(example: Any) -> SafeString:
    if example is None:
        return mark_safe("")
    return format_html("<pre>{}</pre>", json.dumps(example, indent=2, ensure_ascii=False))
