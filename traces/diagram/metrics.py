"""How wide text is, and how it is broken to fit: from the fonts that come with the package.

Nothing is asked of the machine, so a layout is the same everywhere. A character that the fonts
do not have is given the width that its kind usually has, and the SVG pins that width down.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from unsay.traces.diagram.sfnt import advances

FAMILY = "DejaVu Sans Condensed"
ELLIPSIS = "…"
ASCENT = 0.93
"""Of the font size, above the baseline: the tallest capitals with accents."""
DESCENT = 0.24


def font_file(bold: bool) -> Traversable:
    """The font file that text is measured and rasterised with."""
    name = "DejaVuSansCondensed-Bold.ttf" if bold else "DejaVuSansCondensed.ttf"
    return files("unsay.traces.diagram") / "fonts" / name


@cache
def _advances(bold: bool) -> dict[int, float]:
    """The width of each character that the font has, as a part of the font size."""
    return advances(font_file(bold).read_bytes())


def covered(text: str) -> bool:
    """Whether the package's own fonts have every character of ``text``."""
    return all(ord(c) in _advances(False) for c in text)


def text_width(text: str, size: float, bold: bool = False) -> float:
    """The width of ``text`` on one line, in pixels."""
    widths = _advances(bold)
    return size * sum(widths.get(ord(c)) or _usual_width(c) for c in text)


def _usual_width(char: str) -> float:
    if unicodedata.combining(char):
        return 0.0
    return 1.0 if unicodedata.east_asian_width(char) in "WF" else 0.7


def elide(text: str, size: float, room: float, bold: bool = False) -> str:
    """``text``, or as much of its start as fits in ``room`` with an ellipsis after it."""
    if text_width(text, size, bold) <= room:
        return text
    kept = text
    while kept and text_width(kept.rstrip() + ELLIPSIS, size, bold) > room:
        kept = kept[:-1]
    return kept.rstrip() + ELLIPSIS


def wrap(
    text: str, size: float, room: float, bold: bool = False, lines_max: int | None = None
) -> list[str]:
    """``text`` in lines no wider than ``room``, broken at blanks, then hyphens, then anywhere.

    With ``lines_max``, what does not fit ends in an ellipsis.
    """
    lines: list[str] = []
    line = ""
    for word in text.split():
        for i, piece in enumerate(_pieces(word, size, room, bold)):
            joined = f"{line} {piece}" if line and i == 0 else line + piece
            if line and text_width(joined, size, bold) > room:
                lines.append(line)
                line = piece
            else:
                line = joined
    lines.append(line)
    if lines_max is not None and len(lines) > lines_max:
        rest = " ".join(lines[lines_max - 1 :])
        lines = [*lines[: lines_max - 1], elide(rest, size, room, bold)]
    return lines


def _pieces(word: str, size: float, room: float, bold: bool) -> list[str]:
    """``word`` whole if it fits; else at its hyphens; else wherever the room ends."""
    if text_width(word, size, bold) <= room:
        return [word]
    parts = re.findall("[^-]*-+|[^-]+", word)
    if len(parts) > 1:
        return [piece for part in parts for piece in _pieces(part, size, room, bold)]
    pieces = [""]
    for char in word:
        if pieces[-1] and text_width(pieces[-1] + char, size, bold) > room:
            pieces.append("")
        pieces[-1] += char
    return pieces
