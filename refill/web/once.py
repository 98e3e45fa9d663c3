"""A form that is sent twice does its deed once: each form carries a word of its own, claimed before the deed."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256

from django.http import HttpRequest

from refill.domain import ids
from refill.domain.errors import IdempotencyInFlight, IdempotencyMismatch, Invalid
from refill.domain.records import Kept
from refill.services.developers import answers
from refill.web.request import visitor

FIELD = "once"


def fresh() -> str:
    """The word for a form that is shown now."""
    return secrets.token_urlsafe(16)


@contextmanager
def once(request: HttpRequest) -> Iterator[bool]:
    """Whether the form's deed is to be done now. Where it fails, the form may be sent again. Raises Invalid for a form
    without its word."""
    scope, word = ids.encode("usr", visitor(request).user_id), request.POST.get(FIELD, "")[:100]
    if not word:
        raise Invalid("This form is not whole. Load the page again.")
    key = f"page {word}"
    try:
        known = answers.begin(scope=scope, key=key, fingerprint=sha256(request.path.encode()).digest())
    except (IdempotencyInFlight, IdempotencyMismatch):
        yield False
        return
    if isinstance(known, Kept):
        yield False
        return
    try:
        yield True
    except BaseException:
        answers.free(scope=scope, key=key)
        raise
    answers.keep(scope=scope, key=key, status=302, body=b"", content_type="")
