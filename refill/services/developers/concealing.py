"""What must be read again and lies in the database: encrypted with REFILL_SECRET_KEY, which does not lie there."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from hashlib import sha256

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings


def conceal(plain: bytes) -> bytes:
    """What `reveal` reads again."""
    return _cipher().encrypt(plain)


def reveal(concealed: bytes | memoryview) -> bytes:
    """Raises cryptography's InvalidToken where REFILL_SECRET_KEY is another and not among its fallbacks."""
    return _cipher().decrypt(bytes(concealed))


def _cipher() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(urlsafe_b64encode(sha256(f"concealed {key}".encode()).digest())) for key in keys])
