"""Files of texts: one a line, or `label<TAB>text` under a header."""

from pathlib import Path

from refill.cli.places import StartRefused


def read_texts(path: Path) -> list[str]:
    """The texts of a file, in order. A first line of two single words with a tab between them is a header.

    Empty lines at the end are none. StartRefused for a file that cannot be read, or a line without its tab.
    """
    try:
        content = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise StartRefused(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise StartRefused(f"{path} is not UTF-8: byte {error.start + 1:,} is at fault.") from error
    # Not splitlines: a text may hold characters that Unicode counts as ends of lines.
    lines = content.rstrip("\n").split("\n") if content.strip("\n") else []
    if lines and _is_header(lines[0]):
        return [_labelled(path, number, line) for number, line in enumerate(lines[1:], start=2)]
    return lines


def _is_header(line: str) -> bool:
    words = line.split("\t")
    return len(words) == 2 and all(word.isidentifier() for word in words)


def _labelled(path: Path, number: int, line: str) -> str:
    _, tab, text = line.partition("\t")
    if not tab:
        raise StartRefused(f"{path}, line {number:,}: no tab between label and text.")
    return text
