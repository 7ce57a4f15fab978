"""How lines of a TLA+ module are laid out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from unsay.model.readings.text.claims import commented


def among(place: str, places: Sequence[str]) -> str:
    """``place`` is one of ``places``."""
    if len(places) == 1:
        return f"{place} = {places[0]}"
    return f"{place} \\in {{{', '.join(places)}}}" if places else "FALSE"


def string(name: str) -> str:
    """``name`` as a string of TLA+."""
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def comment(text: str) -> list[str]:
    """``text`` as comment lines."""
    return commented(text, "\\* ")


def wrapped(start: str, names: Sequence[str], end: str) -> Iterator[str]:
    """``start`` and ``end`` around names, over several lines where they are many."""
    line = start
    for i, name in enumerate(names):
        word = name + (end if i == len(names) - 1 else ",")
        if len(line) + len(word) > 90:
            yield line.rstrip()
            line = " " * len(start)
        line += word + " "
    yield line.rstrip()
