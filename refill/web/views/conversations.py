"""Conversations: the list, one thread, and a text to somebody new."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from refill.domain.errors import FeatureNotInPlan, InsufficientCredits, Refusal
from refill.domain.roles import Right, Scope, scope_of
from refill.domain.segments import BrokenText, plain
from refill.domain.texts import Weight, weigh
from refill.queries import policies
from refill.queries.pages import conversations as found
from refill.queries.pages import people
from refill.queries.pages.visits import Place
from refill.services.messages import conversations, telephone, texts
from refill.services.money import closing
from refill.web import polling
from refill.web.access import actor_of, place_of
from refill.web.addresses import number_of, one_of, row_number, whole
from refill.web.polling import Word
from refill.web.refusals import warn
from refill.web.request import visitor
from refill.web.text_forms import TextForm


@require_safe
def talks(request: HttpRequest) -> HttpResponse:
    place = place_of(request)
    shown = _listed(place, whole(request.GET.get("page"), 0, 10_000), unread=request.GET.get("show") == "unread")
    return render(
        request,
        "pages/conversations.html",
        shown
        | {
            "hidden": found.hidden_count(place.account_id),
            "numbers": found.own_numbers(place),
            "may_send": visitor(request).may(Right.SEND),
        },
    )


@require_safe
def talks_news(request: HttpRequest) -> HttpResponse:
    """The first page of the list anew where something in it changed since the page has seen it, else nothing (204)."""
    shown = _listed(place_of(request), 0, unread=request.GET.get("show") == "unread")
    word, poll = polling.word_on(request, shown["rows"])
    if word is Word.NOTHING:
        return HttpResponse(status=204)
    if word is Word.NEWS and not (shown["rows"] and "rows" in request.GET):
        # From an empty list to one, or back: what stands around it is another too.
        answer = HttpResponse(status=204)
        answer["HX-Refresh"] = "true"
        return answer
    shown |= {"poll": None if word is Word.END else poll, "rested": word is Word.END}
    return render(request, "parts/talks.html", shown, status=286 if word is Word.END else 200)


def _listed(place: Place, page: int, *, unread: bool) -> dict[str, Any]:
    """A page of the list; only the first one asks for news."""
    rows = found.talks(place, page=page, only_unread=unread)
    return {
        "rows": rows[: found.PER_PAGE], "next": page + 1 if len(rows) > found.PER_PAGE else None, "unread": unread,
        "poll": None if page else polling.begin(rows[: found.PER_PAGE]),
    }  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def talk(request: HttpRequest, conversation: str) -> HttpResponse:
    """A thread and its composer; whoever may not send reads."""
    place = place_of(request)
    about = found.talk(place, number_of("cnv", conversation))
    may_send = visitor(request).may(Right.SEND)
    form, status = _form(request, place, reply=True), 200
    more: dict[str, Any] = {}
    if request.method == "POST" and may_send:
        done, more, status = _composed(request, place, form, about.own_id, about.e164)
        if done:
            return redirect("conversation", conversation=conversation)
        form = more.pop("form", form)
    elif about.unread:
        conversations.read(account_id=place.account_id, conversation_id=about.id)
    before = row_number(request.GET.get("before")) or None
    said = found.thread(place.account_id, about.id, before=before)
    is_stopped = found.has_opted_out(place.account_id, about.e164)
    shown = _thread(request, place, about, said) | {"form": form, "is_stopped": is_stopped}
    if before is None:
        shown["poll"] = polling.begin(_seen(said, is_stopped=is_stopped))
    shown["weight"] = _weight(place, "", about.e164)
    return render(request, "pages/conversation.html", shown | more, status=status)


@require_safe
def news(request: HttpRequest, conversation: str) -> HttpResponse:
    """The texts anew where something changed since the page has seen them, else nothing (204)."""
    place = place_of(request)
    about = found.talk(place, number_of("cnv", conversation))
    said = found.thread(place.account_id, about.id)
    is_stopped = found.has_opted_out(place.account_id, about.e164)
    word, poll = polling.word_on(request, _seen(said, is_stopped=is_stopped))
    if word is Word.NOTHING:
        return HttpResponse(status=204)
    if word is Word.NEWS and about.unread:
        conversations.read(account_id=place.account_id, conversation_id=about.id)
    shown = _thread(request, place, about, said) | {"is_stopped": is_stopped}
    shown |= {"poll": None if word is Word.END else poll, "rested": word is Word.END}
    answer = render(request, "parts/texts.html", shown, status=286 if word is Word.END else 200)
    if request.GET.get("stopped") != str(is_stopped):
        # They said STOP, or START: what stands below the texts is another.
        answer["HX-Refresh"] = "true"
    return answer


def _thread(request: HttpRequest, place: Place, about: found.Talk, said: tuple[found.Said, ...]) -> dict[str, Any]:
    return {
        "about": about, "said": said[-found.IN_THREAD :], "may_send": visitor(request).may(Right.SEND),
        "earlier": said[1].id if len(said) > found.IN_THREAD else None, "explained": _explained(place, said),
    }  # fmt: skip


def _seen(said: tuple[found.Said, ...], *, is_stopped: bool) -> object:
    return is_stopped, [(text.id, text.state, text.step, text.charged) for text in said]


@require_http_methods(["GET", "HEAD", "POST"])
def compose(request: HttpRequest) -> HttpResponse:
    """A text to a number; the conversation comes into being with it."""
    place = place_of(request)
    form, status = _form(request, place), 200
    more: dict[str, Any] = {}
    if request.method == "POST":
        number = row_number(request.POST.get("number"))
        done, more, status = _composed(request, place, form, number, request.POST.get("to", ""))
        if done:
            return redirect("conversations")
        form = more.pop("form", form)
    shown = {"form": form, "numbers": found.own_numbers(place), "weight": _weight(place, "", None), **more}
    return render(request, "pages/compose.html", shown, status=status)


@require_POST
def weight(request: HttpRequest) -> HttpResponse:
    """The live line under the text: parts, credits, and the character at fault."""
    place = place_of(request)
    to = telephone.e164(request.POST.get("to", ""), None)
    shown = _weight(place, request.POST.get("body", "")[:10_000], to, request.POST.get("picture", ""))
    return render(request, "parts/weight.html", {"weight": shown})


@require_POST
def waiting(request: HttpRequest, message: str) -> HttpResponse:
    """A person's word on a text that waits: send it now, or give it up."""
    place = place_of(request)
    message_id, act = number_of("msg", message), one_of(("send", "cancel"), request.POST.get("act"))
    facts: dict[str, Any] = {"account_id": place.account_id, "message_id": message_id, "actor": actor_of(request)}
    found.demand_text(place, message_id)
    try:
        if act == "send":
            texts.send_waiting(**facts)
            messages.success(request, "The text is on its way.")
        else:
            texts.call_off(**facts)
            messages.success(request, "The text is given up. It cost nothing.")
    except Refusal as refusal:
        warn(request, refusal)
    back = request.POST.get("back", "")
    return redirect("conversation", conversation=back) if back.startswith("cnv_") else redirect("conversations")


def _explained(place: Place, said: tuple[found.Said, ...]) -> set[int]:
    """The texts whose movement this member may look at: all, their own, or none (RULES §8, statement)."""
    scope = scope_of(place.role, Right.STATEMENT)
    if scope is Scope.ALL:
        return {text.id for text in said}
    return {text.id for text in said if scope is Scope.OWN and text.member_id == place.member_id}


def _form(request: HttpRequest, place: Place, *, reply: bool = False) -> TextForm:
    data = request.POST if request.method == "POST" else None
    return TextForm(data, numbers=found.own_numbers(place), zone=place.zone, reply=reply)


def _composed(
    request: HttpRequest, place: Place, form: TextForm, number_id: int, to: str
) -> tuple[bool, dict[str, Any], int]:
    """Send what was composed, count it, or make it plain: (sent, what the page shows besides, status)."""
    act = request.POST.get("act", "send")
    if act == "plain":
        data = request.POST.copy()
        data["body"] = _plain(data.get("body", ""))
        form = TextForm(data, numbers=found.own_numbers(place), zone=place.zone, reply="to" not in form.fields)
    shown = _weight(place, form.data.get("body", ""), telephone.e164(to, None), form.data.get("picture", ""))
    if act in ("plain", "count"):
        form.is_valid()
        form.errors.clear()
        return False, {"form": form, "weight": shown}, 200
    if not form.is_valid():
        return False, {"form": form, "weight": shown}, 422
    sent = form.cleaned_data
    try:
        if number_id not in {own.id for own in found.own_numbers(place)}:
            form.add_error(None, "This number can no longer send. Choose another.")
            return False, {"form": form, "weight": shown}, 422
        texts.send(
            account_id=place.account_id, number_id=number_id, to=to, body=sent["body"], media=form.pictures,
            member_id=place.member_id, at_zero="wait" if sent["wait"] else "refuse", send_at=form.at,
            key=f"page:{sent['once']}", fingerprint=0,
        )  # fmt: skip
    except InsufficientCredits as short:
        return False, {"form": form, "weight": shown, **shortage(request, place, **_facts(short))}, 402
    except FeatureNotInPlan as refusal:
        form.add_error(None, f"{refusal.detail} An Owner or Admin can upgrade.")
        return False, {"form": form, "weight": shown}, 403
    except Refusal as refusal:
        param = "picture" if refusal.param == "media" else refusal.param
        form.add_error(param if param in form.fields else None, refusal.detail)
        return False, {"form": form, "weight": shown}, 422
    return True, {}, 200


def _facts(short: InsufficientCredits) -> dict[str, int]:
    return {name: int(short.facts[name]) for name in ("required", "available")}


def shortage(request: HttpRequest, place: Place, required: int, available: int) -> dict[str, Any]:
    """What the page says where credits are short: how many, each way to close it with its price, or whom to ask."""
    gap = required - available
    sees_money = visitor(request).can_change_billing
    return {
        "short": {"required": required, "available": available}, "gap": gap,
        "ways": closing.ways(account_id=place.account_id, short=gap) if sees_money else (),
        "people": () if sees_money else people.who_can(place.account_id, Right.CHANGE_BILLING),
    }  # fmt: skip


def _weight(place: Place, body: str, to: str | None, media: str = "") -> Weight | None:
    try:
        region = telephone.region_of(to) if to else None
        return weigh(policies.in_force(place.account_id), body, [media] if media else [], region)
    except BrokenText:
        return None


def _plain(body: str) -> str:
    try:
        return plain(body)
    except BrokenText:
        return body
