"""The catalogue and the policies, edited as versions: what would change is shown first, then done."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from refill.domain.errors import Conflict, Invalid, Refusal
from refill.domain.policies import SPECS, as_dict, explain
from refill.queries import policies as versions
from refill.queries.people import names_of
from refill.services.selling import catalogue_file, catalogue_versions, policies
from refill.web import formats
from refill.web.access import operator_of
from refill.web.addresses import row_number

MOST_CHARACTERS = 200_000
MODES = {"both": "Live and test", "live": "Live alone", "test": "Test alone"}


@require_http_methods(["GET", "HEAD", "POST"])
def catalogue(request: HttpRequest) -> HttpResponse:
    """The file of `refill catalogue`. It is applied only where it still does what was shown."""
    mode = request.POST.get("mode", request.GET.get("mode", "both"))
    mode = mode if mode in MODES else "both"
    now = catalogue_versions.show(mode)
    text, found, fault = catalogue_file.write(now), None, ""
    if request.method == "POST":
        text = request.POST.get("text", "").replace("\r\n", "\n")
        try:
            # Cut short, it would withdraw what it no longer says.
            if len(text) > MOST_CHARACTERS:
                raise Invalid(f"At most {formats.number(MOST_CHARACTERS)} characters.")
            file = catalogue_file.read(text)
            found = catalogue_versions.compare(file, mode)
            if request.POST.get("do") == "apply":
                seen, operator = request.POST.get("seen", ""), operator_of(request)
                count = len(catalogue_versions.apply(actor=operator, file=file, mode=mode, mark=seen).steps)
                messages.success(request, f"Done: {count} change{'' if count == 1 else 's'}.")
                return redirect(f"{request.path}?mode={mode}")
        except Refusal as refusal:
            fault = refusal.detail
    shown = {"mode": mode, "modes": MODES, "text": text, "found": found, "fault": fault, "now": now}
    return render(request, "office/catalogue.html", shown, status=422 if fault else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def policy(request: HttpRequest) -> HttpResponse:
    """All policies with their sentences. A change is shown as old and new sentence, then stored as a new version."""
    latest = versions.latest()
    values = as_dict(latest.policy)
    typed = {spec.name: request.POST.get(spec.name, json.dumps(values[spec.name])) for spec in SPECS}
    faults: dict[str, str] = {}
    changes: list[tuple[str, str, str]] | None = None
    if request.method == "POST":
        wanted = _read(typed, values, faults)
        if not faults:
            changes = _changes(wanted, faults)
        if changes and request.POST.get("do") == "apply":
            try:
                version = row_number(request.POST.get("version"))
                policies.put(actor=operator_of(request), values=wanted, newest_id=version)
                messages.success(request, "A new version is in force for periods that begin from now on.")
                return redirect("office_policy")
            except Conflict as stale:
                messages.warning(request, stale.detail)
    said = explain(latest.policy, _money)
    rows = [
        (spec, said[spec.name], typed[spec.name], typed[spec.name].strip('"'), faults.get(spec.name, ""))
        for spec in SPECS
    ]
    newest = versions.newest(20)
    names = names_of(version.actor for version in newest)
    history = [(version, names.get(version.actor, version.actor)) for version in newest]
    shown = {"rows": rows, "changes": changes, "latest": latest, "faults": faults, "history": history}
    return render(request, "office/policies.html", shown, status=422 if faults else 200)


def _money(minor: int) -> str:
    return formats.number(minor) + " minor units"


def _read(typed: dict[str, str], values: dict[str, Any], faults: dict[str, str]) -> dict[str, Any]:
    """The values that differ from those in force."""
    wanted = {}
    for name, text in typed.items():
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            faults[name] = "Write a number, true or false, a text in quotes, or a list: JSON."
            continue
        if value != values[name]:
            wanted[name] = value
    return wanted


def _changes(wanted: dict[str, Any], faults: dict[str, str]) -> list[tuple[str, str, str]] | None:
    """The sentences before and after of what differs."""
    try:
        before, after = policies.compare(values=wanted)
    except Refusal as refusal:
        for fault in refusal.facts.get("faults", ()):
            faults[fault["name"].partition("[")[0].partition(".")[0]] = fault["message"]
        return None
    old, new = explain(before, _money), explain(after, _money)
    return [(spec.name, old[spec.name], new[spec.name]) for spec in SPECS if spec.name in wanted]
