"""The characters of GSM 03.38, and plain words for those that are outside it (RULES §7.1)."""

from __future__ import annotations

import unicodedata

# In the order of the standard's table. Its place 0x1B is the escape, which is not a character.
BASIC_IN_ORDER = (
    "@£$¥èéùìòÇ\nØø\rÅå"
    "Δ_ΦΓΛΩΠΨΣΘΞÆæßÉ"
    " !\"#¤%&'()*+,-./"
    "0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmno"
    "pqrstuvwxyzäöñüà"
)
EXTENSION_IN_ORDER = "\f^{}\\[~]|€"
BASIC = frozenset(BASIC_IN_ORDER)
EXTENSION = frozenset(EXTENSION_IN_ORDER)

_SAME_FOR_ALL = {
    # With the C1 controls that curly quotes and dashes of Windows become when they are read as Latin-1.
    "'": "`´‘’‚‛ʹʻʼ′‵‹›\x91\x92",
    '"': "“”„‟″‶«»\x93\x94",
    "-": "‐‑‒–—―−⁃﹘\x96\x97",
    "*": "•‣◦∙●▪\x95",
    ".": "·‧",
    "/": "⁄∕",
    "~": "∼",
    "x": "×",
    " ": "\t",
    "...": "\x85",
    "€": "\x80",
    "\n": "\x0b\u2028\u2029",
    # Invisible: soft hyphen, zero-width space, direction marks, word joiner, byte order mark.
    "": "\xad\u200b\u200e\u200f\u2060\ufeff",
}
_CONTROLS = (*range(0x09), *range(0x0E, 0x20), *range(0x7F, 0xA0))
# A loose accent: what it sits on says enough.
_LOOSE_ACCENTS = range(0x0300, 0x0370)
_LETTERS_AND_SIGNS = (
    "đ=d Đ=D ð=d Ð=D ħ=h Ħ=H ı=i ł=l Ł=L ŧ=t Ŧ=T ŋ=ng Ŋ=NG œ=oe Œ=OE þ=th Þ=Th ẞ=SS"
    " ©=(C) ®=(R) ÷=/ ₤=£ ←=<- →=-> ≤=<= ≥=>="
)
PLAIN_BY_HAND: dict[str, str] = {
    **{chr(code): "" for code in (*_CONTROLS, *_LOOSE_ACCENTS)},
    **{character: said for said, characters in _SAME_FOR_ALL.items() for character in characters},
    **{pair[0]: pair[2:] for pair in _LETTERS_AND_SIGNS.split()},
}


def decompose(character: str) -> str | None:
    """Return what Unicode says the character is made of, without accents: é-like letters lose their accent,
    "…" becomes "...", a ligature its letters. None where it is made of nothing else."""
    parts = unicodedata.normalize("NFKD", character)
    if parts == character:
        return None
    bare = "".join(PLAIN_BY_HAND.get(part, part) for part in parts)
    # A lone accent such as "¨" decomposes to a space and a mark; a space would not say the same.
    if not bare.strip() and unicodedata.category(character) != "Zs":
        return None
    return bare
