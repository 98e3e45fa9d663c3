"""The pages' addresses. Each name has a line in `policy`."""

from __future__ import annotations

from django.urls import include, path

from refill.web.views import (
    asking,
    billing,
    buying,
    cards,
    checkout,
    demo,
    invoices,
    people,
    plan,
    playing,
    statement,
    upgrade,
)
from refill.web.views.office import desk

urlpatterns = [
    path("", people.home, name="home"),
    path("user/", include("allauth.urls")),
    path("start", people.start, name="start"),
    path("switch", people.switch, name="switch"),
    path("settings/profile", people.profile, name="profile"),
    path("settings/security", people.security, name="security"),
    path("settings/roles", billing.roles, name="roles"),
    path("settings/requests", asking.asks, name="asks"),
    path("settings/requests/answer", asking.ask_answer, name="ask_answer"),
    path("settings/requests/role", asking.ask_grant_role, name="ask_grant_role"),
    path("settings/billing", billing.billing, name="billing"),
    path("settings/billing/upgrade", upgrade.upgrade, name="upgrade"),
    path("settings/billing/buy", buying.buy, name="buy"),
    path("settings/billing/manage", plan.manage, name="manage"),
    path("settings/billing/quotes", checkout.quote, name="quote"),
    path("settings/billing/quotes/<str:quote>", checkout.confirm, name="confirm"),
    path("settings/billing/orders/<str:order>", checkout.result, name="result"),
    path("settings/billing/orders/<str:order>/act", checkout.act, name="act"),
    path("settings/billing/undo", plan.undo, name="undo"),
    path("settings/billing/resume", plan.resume, name="resume"),
    path("settings/billing/resets", billing.calendar, name="calendar"),
    path("settings/cards", cards.cards, name="cards"),
    path("settings/cards/new", cards.card_new, name="card_new"),
    path("settings/cards/<str:card>", cards.card_change, name="card_change"),
    path("settings/invoices", invoices.invoices, name="invoices"),
    path("settings/invoices/<str:invoice>", invoices.invoice, name="invoice"),
    path("statement", statement.statement, name="statement"),
    path("statement.csv", statement.statement_csv, name="statement_csv"),
    path("statement/<str:entry>", statement.why, name="why"),
    path("ask", asking.ask, name="ask"),
    path("office", desk.home, name="office"),
    path("help", demo.help_page, name="help"),
    path("components", demo.components, name="components"),
    path("demo/clock", playing.move_clock, name="demo_clock"),
    path("demo/texts", playing.send_texts, name="demo_texts"),
    path("mailbox", demo.mailbox, name="mailbox"),
    path("mailbox/<str:key>", demo.mail, name="mail"),
    path("mailbox/<str:key>/html", demo.mail_html, name="mail_html"),
]
