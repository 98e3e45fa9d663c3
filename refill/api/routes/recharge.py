"""Auto-recharge: the rule, the sentence to agree to, and every decision (RULES §5)."""

from ninja import Query, Router

from refill.api.callers import ApiRequest
from refill.api.calls import call
from refill.api.cursors import before_of, page_of
from refill.api.shapes.parts import Listed, Paging, id_or_none, listed, money, number_or_none
from refill.api.shapes.recharge import Asked, AutoRecharge, AutoRechargeIn, RechargeAdvice, RechargeDecision
from refill.queries import recharge as found
from refill.services import credits
from refill.services.money import recharge_settings
from refill.services.money.recharge_settings import Wanted

router = Router(tags=["Auto-recharge"])
_CARDS = ("payment_method", "backup_payment_method")


def _show(request: ApiRequest, asked: Wanted, fires_now: bool | None = None) -> AutoRecharge:
    account_id = request.caller.account
    preview = recharge_settings.preview(account_id=account_id, wanted=asked)
    row = found.settings_of(account_id)
    main, backup = found.cards_of(account_id)
    now, currency = credits.balance(account_id=account_id).at, preview.currency
    use, advice = found.use_of(account_id, now), found.advice_of(account_id, now)
    return AutoRecharge(
        enabled=row is not None and row.enabled, threshold=preview.threshold,
        pack=id_or_none("pack", preview.pack_id), max_per_day=preview.max_per_day,
        max_per_month=money(preview.max_per_month_minor, currency),
        payment_method=id_or_none("pm", main), backup_payment_method=id_or_none("pm", backup),
        sentence=preview.sentence, fires_now=preview.fires_now if fires_now is None else fires_now,
        warnings=list(preview.warnings), consent=row.consent or None if row else None,
        consented_by=row.consent_by or None if row else None, consented_at=row.consent_at if row else None,
        state=row.state if row else "off", reason=row.reason or None if row else None, until=row.until if row else None,
        broken_payment_methods=[id_or_none("pm", card) or "" for card in row.broken_cards] if row else [],
        order=id_or_none("ord", row.order_id) if row else None, action_url=row.action_url if row else None,
        today=use.today_count, this_month=money(use.month_minor, currency),
        advice=RechargeAdvice.of(advice, currency) if advice else None,
    )  # fmt: skip


@call(router, "GET", "/auto_recharge", "get_auto_recharge", gives=AutoRecharge)
def get_auto_recharge(request: ApiRequest, asked: Query[Asked]) -> AutoRecharge:
    """The rule, the sentence to agree to, how it stands, and what would have been cheaper.

    With values in the query, the sentence is that of these values, and fires_now says whether saving them charges.
    """
    wanted = Wanted(
        threshold=asked.threshold, pack_id=number_or_none("pack", asked.pack, "pack"), max_per_day=asked.max_per_day,
        max_per_month_minor=asked.max_per_month,
    )  # fmt: skip
    return _show(request, wanted)


@call(router, "PUT", "/auto_recharge", "put_auto_recharge", gives=AutoRecharge, refuses=(409,))
def put_auto_recharge(request: ApiRequest, wanted: AutoRechargeIn) -> AutoRecharge:
    """Turn it on, off, or change it.

    Turning on takes `consent`: without it, or with another sentence, the refusal (422 `consent_required`) gives the
    `sentence` to send. Saving counts as a person's word: a breaker that declines have opened is closed, and a balance
    below the threshold is charged for at once (`fires_now`).
    """
    caller, cap = request.caller, wanted.max_per_month
    fires_now = recharge_settings.put(
        account_id=caller.account,
        actor=caller.actor,
        wanted=Wanted(
            enabled=wanted.enabled, threshold=wanted.threshold, pack_id=number_or_none("pack", wanted.pack, "pack"),
            max_per_day=wanted.max_per_day, max_per_month_minor=cap.amount if cap else None,
            currency=cap.currency if cap else None, consent=wanted.consent or "",
            cards={
                name: number_or_none("pm", getattr(wanted, name), name)
                for name in _CARDS if name in wanted.model_fields_set
            },
        ),
    )  # fmt: skip
    return _show(request, Wanted(), fires_now)


@call(
    router, "GET", "/auto_recharge/decisions", "list_auto_recharge_decisions", gives=Listed[RechargeDecision]
)  # fmt: skip
def list_decisions(request: ApiRequest, paging: Query[Paging]) -> Listed[RechargeDecision]:
    """Each decision and why: written when the balance is found below the threshold, and when the reason changes."""
    account_id = request.caller.account
    rows = found.decisions(account_id, before=before_of(request, paging.cursor), limit=paging.limit + 1)
    page = page_of(request, rows, paging.limit, lambda row: row.id)
    return listed(Listed[RechargeDecision], page, lambda row: RechargeDecision.of(account_id, row))
