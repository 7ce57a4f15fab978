"""One clear line for each mistake: the exception, its lines, and how values are quoted in them."""

import datetime
import difflib
import itertools
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

Path = tuple[str | int, ...]
"""Where in a design a mistake sits: keys, and positions in arrays counted from 0."""

QUOTED_LENGTH_MAX = 40
LISTED_NAMES_MAX = 30
COMPARED_NAMES_MAX = 100
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


class DesignError(Exception):
    """A design, or a part of one given on the command line, cannot be used.

    ``lines`` holds one line for each mistake, in the order of the file; each says where
    the mistake is, what is wrong and what is allowed. ``str()`` joins them with newlines.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines: tuple[str, ...] = tuple(lines)
        super().__init__(self.lines)

    def __str__(self) -> str:
        return "\n".join(self.lines)


@dataclass(frozen=True)
class Problem:
    """One mistake: the key it sits at, and what to say about it.

    ``about_value`` is whether it is the value at the key that is wrong; then it is not also
    reported as being of the wrong form.
    """

    path: Path
    text: str
    about_value: bool = True

    def line(self, name: str) -> str:
        """The mistake as one printable line, starting with the ``name`` of the file."""
        return printable(": ".join(part for part in (name, dotted(self.path), self.text) if part))


def printable(text: str) -> str:
    """``text`` with everything that could break a line, or hide, written as an escape.

    Line ends, control characters, invisible and right-to-left marks and lone surrogates
    would otherwise let a design file split or repaint the line that complains about it.
    """
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )


def clipped(text: str) -> str:
    """``text``, shortened when it is too long to quote."""
    return text if len(text) <= QUOTED_LENGTH_MAX else text[: QUOTED_LENGTH_MAX - 1] + "…"


def quoted(text: str) -> str:
    """``text`` in double quotes, on one line, shortened when long."""
    escaped = clipped(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{printable(escaped)}"'


def dotted(path: Path) -> str:
    """``path`` as in TOML, array positions in brackets: ``links[0].between``."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
            continue
        key = _bare_or_quoted(part)
        text += f".{key}" if text else key
    return text


def _bare_or_quoted(name: str) -> str:
    return clipped(name) if _BARE_KEY.fullmatch(name) else quoted(name)


def listed(names: Iterable[str]) -> str:
    """``names`` with commas between them, quoted where unusual, cut off when very many."""
    every = list(names)
    shown = ", ".join(_bare_or_quoted(name) for name in every[:LISTED_NAMES_MAX])
    hidden = len(every) - LISTED_NAMES_MAX
    return f"{shown} and {hidden} more" if hidden > 0 else shown


def found(value: object) -> str:
    """What a value is, in a few words that fit on the line: ``"yes"``, ``7``, ``a table``."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            length = len(value)
            return quoted(value) + (f" ({length} characters)" if length > QUOTED_LENGTH_MAX else "")
        case int():
            return _found_int(value)
        case float():
            return repr(value)
        case datetime.datetime() | datetime.date() | datetime.time():
            return f"the {type(value).__name__} {printable(value.isoformat())}"
        case list() | tuple():
            return f"an array of {_count(len(value), 'value')}"
        case dict():
            return f"a table of {_count(len(value), 'key')}"
        case None:
            return "nothing"
        case _:
            return f"a Python {printable(type(value).__name__)}"


def _found_int(value: int) -> str:
    # Python refuses to write out very large numbers, so only their size is told.
    if value.bit_length() <= 64:
        return str(value)
    return f"a whole number of about {int(value.bit_length() * 0.30103) + 1} digits"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number or 'no'} {noun}s"


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name that ``word`` was probably meant to be, or None when none is close."""
    by_form: dict[str, str] = {}
    for name in itertools.islice(known, COMPARED_NAMES_MAX):
        by_form.setdefault(_comparable(name), name)
    close = difflib.get_close_matches(_comparable(word[:64]), by_form, n=1, cutoff=0.6)
    return by_form[close[0]] if close else None


def suggestion(word: str, known: Iterable[str]) -> str:
    """``; did you mean "x"?``, or nothing when no known name is close to ``word``.

    When a letter only looks like the right one, it is named: the two names would
    otherwise look the same on the line.
    """
    name = nearest(word, known)
    if name is None:
        return ""
    foreign = next((char for char in word if not char.isascii() and char.isprintable()), None)
    if foreign is None:
        return f"; did you mean {quoted(name)}?"
    title = unicodedata.name(foreign, "without a name")
    return f"; did you mean {quoted(name)} (found U+{ord(foreign):04X}, {title})?"


def _comparable(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold().replace("_", "-")
