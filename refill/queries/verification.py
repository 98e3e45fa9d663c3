"""Whether what is kept agrees with what it follows from."""

from __future__ import annotations

from refill.domain import ids
from refill.domain.errors import Unknown
from refill.ledger import verify
from refill.ledger.verify import Mismatch, Progress


def mismatches(account_id: int | None = None, progress: Progress | None = None) -> list[Mismatch]:
    """Recompute one account, or everything; none when all agrees. Raises Unknown."""
    try:
        return verify.run(account_id, progress)
    except LookupError:
        raise Unknown("There is no such account.", param="account") from None


def account_of(text: str) -> int:
    """The account that an id names. Raises Unknown."""
    try:
        return ids.decode("acc", text)[0]
    except ids.UnknownId:
        raise Unknown(f"{text} is not the id of an account.", param="account") from None


def shown(mismatch: Mismatch) -> dict[str, str | None]:
    """A mismatch with its account's id as text."""
    account = None if mismatch.account_id is None else ids.encode("acc", mismatch.account_id)
    return {
        "account": account,
        "subject": mismatch.subject,
        "what": mismatch.what,
        "expected": mismatch.expected,
        "found": mismatch.found,
    }
