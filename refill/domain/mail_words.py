"""What somebody wrote in a mail, without what they answered to."""

from __future__ import annotations

import re

ANSWER_ABOVE = "Write your answer above this line."
_WROTE = r"(?:wrote|schrieb.*|écrit|escribió)\s?:$"
# How mail programs begin what they quote: On … wrote: (also over two lines), -----Original Message-----
_QUOTE_BEGINS = re.compile(
    rf"^(?:>|_{{20,}}$|-{{2,}}\s*(?:Original|Forwarded) Message|(?:On|Am|Le|El)\b.{{4,200}}{_WROTE}|From: .+|-- ?$)",
    re.IGNORECASE,
)
_SPLIT_INTRODUCTION = re.compile(r"^(?:On|Am|Le|El)\b.{4,200}$", re.IGNORECASE)
_ITS_END = re.compile(rf"^.{{0,100}}{_WROTE}", re.IGNORECASE)


def own_words(text: str) -> str:
    """Return the new part of an answer: all before the first quote, signature or our own marker."""
    kept: list[str] = []
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for place, line in enumerate(lines):
        plain = line.strip()
        following = lines[place + 1].strip() if place + 1 < len(lines) else ""
        if ANSWER_ABOVE in plain or _QUOTE_BEGINS.match(plain):
            break
        if _SPLIT_INTRODUCTION.match(plain) and _ITS_END.match(following):
            break
        kept.append(line.rstrip())
    return "\n".join(kept).strip()
