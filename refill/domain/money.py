"""Money in whole minor units, and the only roundings that the product knows.

Every rounding is exact integer arithmetic with a name; no rule rounds in any other way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_NO_MINOR_UNIT = "bif clp djf gnf isk jpy kmf krw pyg rwf ugx uyi vnd vuv xaf xof xpf"
_TWO_DIGITS = (
    "aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob bov brl bsd btn bwp byn bzd cad cdf"
    " che chf chw cny cop cou crc cup cve czk dkk dop dzd egp ern etb eur fjd fkp gbp gel ghs gip gmd gtq gyd"
    " hkd hnl htg huf idr ils inr irr jmd kes kgs khr kpw kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt"
    " mop mru mur mvr mwk mxn mxv myr mzn nad ngn nio nok npr nzd pab pen pgk php pkr pln qar ron rsd rub sar"
    " sbd scr sdg sek sgd shp sle sos srd ssp stn svc syp szl thb tjs tmt top try ttd twd tzs uah usd usn uyu"
    " uzs ved ves wst xcd xcg yer zar zmw zwg"
)
_THREE_DIGITS = "bhd iqd jod kwd lyd omr tnd"
_FOUR_DIGITS = "clf uyw"
EXPONENTS: dict[str, int] = {
    code: digits
    for digits, codes in ((0, _NO_MINOR_UNIT), (2, _TWO_DIGITS), (3, _THREE_DIGITS), (4, _FOUR_DIGITS))
    for code in codes.split()
}


class UnknownCurrency(ValueError):
    """Not a lower-case ISO 4217 code of a currency in use."""


class MixedCurrencies(ValueError):
    """Two currencies met in one sum."""


def exponent(currency: str) -> int:
    """Return how many decimal digits the minor unit has: usd 2, jpy 0, kwd 3. Raises UnknownCurrency."""
    try:
        return EXPONENTS[currency]
    except KeyError:
        raise UnknownCurrency(f"{currency!r} is not a lower-case ISO 4217 currency code") from None


@dataclass(frozen=True, slots=True)
class Money:
    """Whole minor units of one currency; may be negative. RULES §2.1: never derived from credits.

    Raises UnknownCurrency, and TypeError for an amount that is not a whole number.
    """

    amount_minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.amount_minor) is not int:
            raise TypeError("money is a whole number of minor units")
        exponent(self.currency)

    def _same(self, other: Money) -> None:
        if self.currency != other.currency:
            raise MixedCurrencies(f"{self.currency} and {other.currency} do not add up")

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.amount_minor + other.amount_minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.amount_minor - other.amount_minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount_minor, self.currency)


def _demand_positive(denominator: int) -> None:
    if denominator <= 0:
        raise ValueError("the denominator of a share is above zero")


def half_up(numerator: int, denominator: int) -> int:
    """Return the nearest whole number; a tie goes up, towards plus infinity: 1/2 is 1, 5/2 is 3, -1/2 is 0.

    The rounding of prorated money, credits lines and charges alike (RULES §4.3), and of one add-on.
    A line that is given back is rounded as a positive amount and then negated, so that it is the same sum.
    Raises ValueError unless the denominator is above zero.
    """
    _demand_positive(denominator)
    return (2 * numerator + denominator) // (2 * denominator)


def floor_div(numerator: int, denominator: int) -> int:
    """Return the whole number at or below the quotient: 7/2 is 3, -7/2 is -4.

    The rounding of what is credited for an old period (RULES §4.5, "rounded down").
    Raises ValueError unless the denominator is above zero.
    """
    _demand_positive(denominator)
    return numerator // denominator


def ceil_div(numerator: int, denominator: int) -> int:
    """Return the whole number at or above the quotient: 7/2 is 4, -7/2 is -3.

    The rounding of prorated credits (RULES §4.3), and of packs enough to close a gap (RULES §5.3).
    Raises ValueError unless the denominator is above zero.
    """
    _demand_positive(denominator)
    return -(-numerator // denominator)


def largest_remainder(total: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Share `total` by `weights` so that the parts add up to it exactly.

    Each part is the exact share rounded down or up; the largest remainders go up, ties in the given order. A
    negative total is shared as its positive and negated. Raises ValueError for a negative weight, and for
    weights that are all zero (or none) when there is something to share.
    """
    if any(weight < 0 for weight in weights):
        raise ValueError("weights are zero or more")
    if total == 0:
        return (0,) * len(weights)
    whole = sum(weights)
    if whole == 0:
        raise ValueError("nothing to share by: all weights are zero")
    size, sign = abs(total), 1 if total > 0 else -1
    parts = [size * weight // whole for weight in weights]
    short = size - sum(parts)
    by_remainder = sorted(range(len(weights)), key=lambda place: -(size * weights[place] % whole))
    for place in by_remainder[:short]:
        parts[place] += 1
    return tuple(sign * part for part in parts)
