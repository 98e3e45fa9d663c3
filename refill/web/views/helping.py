"""Help: questions answered with the account's own numbers, chat and mail."""

from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from refill.domain import ids
from refill.domain.errors import Refusal
from refill.domain.policies import explain
from refill.domain.roles import Right
from refill.gateways import clock
from refill.queries.pages import helping as talks
from refill.queries.pages import people, standing
from refill.queries.pages.policies import latest_policy
from refill.services import helping
from refill.web import formats, polling
from refill.web.addresses import number_of, row_number
from refill.web.context import fuel_of
from refill.web.forms import HelpForm, SayForm
from refill.web.polling import Word
from refill.web.questions import Question, questions_for
from refill.web.refusals import blame, show_form
from refill.web.request import visitor
from refill.web.wording import STATUS

_SALT = "help context"


@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    return _help(request, HelpForm(initial={"once": secrets.token_hex(16)}))


def _help(request: HttpRequest, form: HelpForm, status: int = 200) -> HttpResponse:
    visit = getattr(request, "visit", None)
    facts = _facts(request)
    chatwoot = f"{settings.CHATWOOT_URL}/widget?website_token={settings.CHATWOOT_TOKEN}"
    page = render(
        request,
        "pages/help.html",
        {
            "form": form,
            "facts": facts,
            "sealed": signing.dumps(facts, salt=_SALT),
            "questions": _questions(request),
            "threads": talks.threads_of(visit.user_id, 5) if visit else (),
            "support": settings.SUPPORT_EMAIL,
            "chatwoot": chatwoot if settings.CHATWOOT_URL else "",
            **presence(),
        },
        status=status,
    )
    if settings.CHATWOOT_URL:
        # What the library's own decorator sets; which host it is, is known at the request.
        page._csp_update = {"frame-src": [settings.CHATWOOT_URL]}  # type: ignore[attr-defined]
    return page


def presence() -> dict[str, Any]:
    """Whether somebody answers now, and how soon: for the page and the office."""
    now = clock.now()
    hours = settings.HELP_HOURS
    is_open = hours.is_open(now)
    return {
        "is_open": is_open,
        "opens_at": None if is_open else hours.next_opening(now),
        "chat_minutes": settings.HELP_CHAT_MINUTES,
        "mail_hours": settings.HELP_MAIL_HOURS,
    }


def _facts(request: HttpRequest) -> list[list[str]]:
    """What may go along with a message, in the words in which it is shown."""
    visit = getattr(request, "visit", None)
    if visit is None:
        return []
    facts = [["Your name", visit.name], ["Mail address", visit.email]]
    if visit.place:
        balance = fuel_of(request).balance
        facts += [
            ["Account", f"{visit.place.account_name} ({visit.place.public_id})"],
            ["Your role", visit.place.role.label],
            ["State of the account", STATUS.get(visit.place.status, (visit.place.status, ""))[0]],
        ]
        if balance:
            facts.append(["Credits left", formats.number(balance.available)])
    came_from = request.GET.get("from", "")
    if came_from.startswith("/") and not came_from.startswith("//"):
        facts.append(["The page you came from", came_from[:200]])
    return facts


def _questions(request: HttpRequest) -> list[Question]:
    visit = getattr(request, "visit", None)
    balance = fuel_of(request).balance if visit and visit.place else None
    if visit and visit.place and balance:
        stands = standing.standing_of(visit.place.account_id)
        members = people.members_of(visit.place.account_id)
        return questions_for(stands, balance, members, visit.place, may_see_money=visit.may(Right.SEE_MONEY))
    said = explain(latest_policy(), lambda minor: formats.money(minor, settings.DEFAULT_CURRENCY))
    return [
        Question(
            "Do credits roll over?",
            "Plan credits end with their period and new ones begin. Bought credits stay until they are used."
            " Plan credits are used first.",
        ),
        Question(
            "How do upgrades and downgrades work?",
            said["upgrade"] + " A lower plan starts with the next period, and can be undone until then.",
        ),
        Question(
            "What happens at zero?",
            "Nothing is sent until there are credits again. " + said["inbound_at_zero"],
            (said["low_percents"],),
        ),
        Question(
            "What if I cancel?",
            "The plan runs to the end of its period.",
            (said["keep_purchased_months"], said["read_only_days"]),
        ),
        Question("What if a payment fails?", said["dunning_days"] + " Bought credits can be used all the time."),
    ]


@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Begin a thread. What goes along is what was shown, and only where it was ticked."""
    visit = visitor(request)
    form = HelpForm(request.POST)
    if not form.is_valid():
        return _help(request, form, 422)
    sent = form.cleaned_data
    try:
        shown = signing.loads(request.POST.get("sealed", ""), salt=_SALT, max_age=86_400) if sent["along"] else []
    except signing.BadSignature:
        form.add_error("along", "The page was open for too long. Look at what goes along, and send it again.")
        return _help(request, form, 422)
    try:
        thread_id = helping.start(
            user_id=visit.user_id, account_id=visit.place.account_id if visit.place else None,
            channel=sent["channel"], body=sent["body"], context=[(name, words) for name, words in shown],
            once=sent["once"],
        )  # fmt: skip
    except Refusal as refusal:
        blame(form, refusal)
        return _help(request, form, 422)
    return redirect("help_thread", ids.encode("hlp", thread_id))


@require_http_methods(["GET", "HEAD", "POST"])
def thread(request: HttpRequest, thread: str) -> HttpResponse:
    visit = visitor(request)
    found = _own(request, thread)
    form = SayForm(
        request.POST if request.method == "POST" else None, initial={"once": secrets.token_hex(16)}, auto_id="say_%s"
    )
    if request.method == "POST" and form.is_valid():
        try:
            helping.say(
                thread_id=found.id,
                user_id=visit.user_id,
                body=form.cleaned_data["body"],
                once=form.cleaned_data["once"],
            )
            return redirect(f"{request.path}#say")
        except Refusal as refusal:
            form.add_error("body", refusal.detail)
    helping.seen(thread_id=found.id, user_id=visit.user_id)
    shown = said_in(found) | {"form": form, **presence()}
    return show_form(request, "pages/help_thread.html", shown)


@require_safe
def news(request: HttpRequest, thread: str) -> HttpResponse:
    """What was said after a message, for the page that is open: a piece of HTML, or nothing new (204)."""
    found = _own(request, thread)
    helping.seen(thread_id=found.id, user_id=visitor(request).user_id)
    return news_of(request, found, "pages/help_news.html")


def news_of(request: HttpRequest, found: talks.Thread, template: str, **facts: Any) -> HttpResponse:
    """The messages that came after the one that is named, and how the page asks for more."""
    shown = said_in(found, after=row_number(request.GET.get("after")))
    word, poll = polling.word_on(request, shown["last"])
    if word is Word.NOTHING:
        return HttpResponse(status=204)
    shown |= {"poll": None if word is Word.END else poll, **facts}
    return render(request, template, shown, status=286 if word is Word.END else 200)


def said_in(found: talks.Thread, after: int = 0) -> dict[str, Any]:
    """What a page shows of a thread: all that was said, or what came after a message."""
    said = talks.messages_of(found.id, after=after)
    last = said[-1].id if said else after
    return {"thread": found, "said": said, "last": last, "poll": polling.begin(last)}


@require_POST
def close(request: HttpRequest, thread: str) -> HttpResponse:
    helping.close(thread_id=_own(request, thread).id, user_id=visitor(request).user_id)
    messages.success(request, "Closed. Write again whenever you like: it opens by itself.")
    return redirect("help_thread", thread)


@require_POST
def copy(request: HttpRequest, thread: str) -> HttpResponse:
    helping.send_transcript(thread_id=_own(request, thread).id, user_id=visitor(request).user_id)
    messages.success(request, f"A copy of all this goes to {visitor(request).email}.")
    return redirect("help_thread", thread)


def _own(request: HttpRequest, thread: str) -> talks.Thread:
    found = talks.thread_of(number_of("hlp", thread), visitor(request).user_id)
    if found is None:
        raise Http404
    return found
