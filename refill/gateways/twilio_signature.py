"""The signature of Twilio's webhooks: HMAC-SHA1 of the address and the sorted form, keyed by the auth token."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit, urlunsplit

_PORTS = {"http": 80, "https": 443}


def sign(token: str, url: str, fields: Mapping[str, str]) -> str:
    """The signature of a form that is posted to an address."""
    text = url + "".join(name + fields[name] for name in sorted(fields))
    digest = hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def is_genuine(tokens: Iterable[str], url: str, fields: Mapping[str, str], signature: str) -> bool:
    """Whether one of the tokens signed it. Twilio signs the address with its port or without: both are tried."""
    spellings = (_with_port(url), _without_port(url))
    return any(
        hmac.compare_digest(sign(token, spelled, fields).encode(), signature.encode())
        for token in tokens
        for spelled in spellings
    )


def _with_port(url: str) -> str:
    parts = urlsplit(url)
    if parts.port is not None or parts.scheme not in _PORTS:
        return url
    return urlunsplit(parts._replace(netloc=f"{parts.netloc}:{_PORTS[parts.scheme]}"))


def _without_port(url: str) -> str:
    parts = urlsplit(url)
    return url if parts.port is None else urlunsplit(parts._replace(netloc=parts.netloc.rpartition(":")[0]))
