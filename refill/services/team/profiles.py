"""What a user may change about themselves."""

from __future__ import annotations

from refill.domain.errors import Invalid, Unknown
from refill.models import User

NAME_CHARACTERS = 200


def plain_name(name: str, param: str = "name") -> str:
    """A name of people or things, its spaces made single: 1 to 200 characters. Raises Invalid."""
    plain = " ".join(name.split())
    if not 1 <= len(plain) <= NAME_CHARACTERS or "\x00" in plain:
        raise Invalid(f"A name has 1 to {NAME_CHARACTERS} characters.", param=param)
    return plain


def rename(*, user_id: int, name: str) -> None:
    """Change a user's name: 1 to 200 characters. Raises Invalid, Unknown."""
    if not User.objects.filter(id=user_id).update(name=plain_name(name)):
        raise Unknown()
