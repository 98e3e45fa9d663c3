"""The help desk: threads that wait, and answering them."""

from __future__ import annotations

import secrets

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from refill.domain.errors import Refusal
from refill.queries.pages import helping as talks
from refill.services import helping
from refill.web.access import operator_of
from refill.web.addresses import number_of
from refill.web.forms import SayForm
from refill.web.refusals import show_form
from refill.web.views.helping import news_of, presence, said_in


@require_safe
def threads(request: HttpRequest) -> HttpResponse:
    return render(request, "office/threads.html", {"threads": talks.desk(), **presence()})


@require_http_methods(["GET", "HEAD", "POST"])
def thread(request: HttpRequest, thread: str) -> HttpResponse:
    found = _any(thread)
    form = SayForm(
        request.POST if request.method == "POST" else None, initial={"once": secrets.token_hex(16)}, auto_id="say_%s"
    )
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data
        try:
            helping.answer(thread_id=found.id, operator=operator_of(request), body=sent["body"], once=sent["once"])
            return redirect(f"{request.path}#say")
        except Refusal as refusal:
            form.add_error("body", refusal.detail)
    helping.seen(thread_id=found.id, user_id=None)
    shown = said_in(found) | {"form": form, "zone": found.zone}
    return show_form(request, "office/thread.html", shown)


@require_safe
def news(request: HttpRequest, thread: str) -> HttpResponse:
    found = _any(thread)
    helping.seen(thread_id=found.id, user_id=None)
    return news_of(request, found, "office/thread_news.html", zone=found.zone)


@require_POST
def close(request: HttpRequest, thread: str) -> HttpResponse:
    helping.close(thread_id=_any(thread).id, operator=operator_of(request))
    messages.success(request, "Closed. It opens again with the next message.")
    return redirect("office_help")


def _any(thread: str) -> talks.Thread:
    found = talks.thread_of(number_of("hlp", thread), None)
    if found is None:
        raise Http404
    return found
