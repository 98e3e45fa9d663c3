"""Where a refusal is told: at the field at fault, or above the next page."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from refill.domain.errors import Refusal


def blame(form: forms.Form, refusal: Refusal) -> None:
    """At the field that it names; above the form where the form has no such field."""
    form.add_error(refusal.param if refusal.param in form.fields else None, refusal.detail)


def warn(request: HttpRequest, refusal: Refusal) -> None:
    """Above the next page; what does not exist stays a page that does not exist."""
    if refusal.kind == "unknown":
        raise refusal
    messages.warning(request, refusal.detail)


def show_form(request: HttpRequest, template: str, shown: dict[str, Any]) -> HttpResponse:
    """The page of `shown["form"]`: 422 where something in it is wrong."""
    return render(request, template, shown, status=422 if shown["form"].errors else 200)
