"""After the read-only days of a canceled account, personal data goes; ledger, invoices and audit stay (RULES §4.7)."""

from __future__ import annotations

from refill.models import Account, PaymentMethod
from refill.services import numbers
from refill.services.entering import entered
from refill.services.recording import audit, emit


def purge(account_id: int) -> bool:
    """Purge once, when its time has come; true when it did. Bought credits are kept for as long as promised."""
    with entered(account_id) as balance:
        account = Account.objects.get(pk=account_id)
        if account.status != Account.Status.CANCELED or account.purge_at is None or account.purge_at > balance.at:
            Account.objects.filter(pk=account_id).exclude(status="canceled").update(purge_at=None)
            return False
        account.status, account.purge_at = Account.Status.PURGED, None
        account.name = f"Closed account {account.pk}"
        account.save()
        PaymentMethod.objects.filter(account_id=account_id, removed_at=None).update(
            removed_at=balance.at, is_default=False, is_recharge=False, is_backup=False
        )
        numbers.close_all(account_id, balance.at)
        audit(account_id, balance.at, "refill", "account.purged")
        emit(account_id, balance.at, "account.updated", status="purged")
        return True
