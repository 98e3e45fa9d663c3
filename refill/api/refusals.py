"""Refusals that only a door can make: about the HTTP request itself."""

from __future__ import annotations

from refill.domain.errors import Forbidden, Refusal, Unknown


class MalformedBody(Refusal):
    code, kind, title = "malformed_body", "malformed", "The body is not JSON"


class BodyTooLarge(Refusal):
    code, kind, title = "body_too_large", "too_large", "The body is too large"


class MethodNotAllowed(Refusal):
    code, kind, title = "method_not_allowed", "method", "This address does not take this method"


class NotAcceptable(Refusal):
    code, kind, title = "not_acceptable", "not_acceptable", "Not in a form that you accept"


class NoSuchCall(Unknown):
    code, title = "no_such_call", "There is no such call"


class ScopeMissing(Forbidden):
    code, title = "scope_missing", "The key has not the scope"


class Busy(Refusal):
    code, kind, title = "busy", "busy", "Busy; try again in a moment"


class InternalError(Refusal):
    code, kind, title = "internal_error", "fault", "Something went wrong on our side"
