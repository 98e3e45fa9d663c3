"""Whole minor units of a currency: how they are written, and the only roundings that the product knows.

Every rounding is exact integer arithmetic with a name; no rule rounds in any other way.
"""

from __future__ import annotations

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


def exponent(currency: str) -> int:
    """Return how many decimal digits the minor unit has: usd 2, jpy 0, kwd 3. Raises UnknownCurrency."""
    try:
        return EXPONENTS[currency]
    except KeyError:
        raise UnknownCurrency(f"{currency!r} is not a lower-case ISO 4217 currency code") from None


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


# Every other currency is written with its code, apart from the number.
_SIGNS = {
    "aud": "A$", "brl": "R$", "cad": "CA$", "cny": "CN¥", "eur": "€", "gbp": "£", "hkd": "HK$", "ils": "₪", "inr": "₹",
    "jpy": "¥", "krw": "₩", "mxn": "MX$", "nzd": "NZ$", "php": "₱", "twd": "NT$", "usd": "$", "vnd": "₫", "xcd": "EC$",
}  # fmt: skip


def say_money(amount_minor: int, currency: str) -> str:
    """$75.00, ¥75, KWD 75.000: exact digits, for the working of a line; as pages write money."""
    digits = exponent(currency)
    sign = ("−" if amount_minor < 0 else "") + _SIGNS.get(currency, f"{currency.upper()}\u00a0")
    units, minor = divmod(abs(amount_minor), 10**digits)
    return f"{sign}{units:,}" + (f".{minor:0{digits}d}" if digits else "")


def say_count(count: int, what: str, verb: str = "") -> str:
    """1 credit, 1,250 credits; with a verb as it is for many: 1 credit is, 2 credits are."""
    said = f"{count:,} {what}{'' if count == 1 else 's'}"
    return f"{said} {_FOR_ONE.get(verb, verb) if count == 1 else verb}" if verb else said


_FOR_ONE = {"are": "is", "were": "was"}
