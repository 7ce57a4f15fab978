"""One entry point for every format."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Literal, get_args

from unsay.engines.run import Replay
from unsay.model.design.errors import printable
from unsay.traces.diagram import as_png, as_svg, draw
from unsay.traces.errors import TraceError
from unsay.traces.exports import as_dot, as_graphml
from unsay.traces.files import write_atomically
from unsay.traces.itf import as_itf
from unsay.traces.mermaid import as_mermaid
from unsay.traces.text import as_text

Format = Literal["svg", "png", "dot", "graphml", "mermaid", "text", "itf"]
FORMATS: tuple[Format, ...] = get_args(Format)

SUFFIXES: dict[str, Format] = {
    ".svg": "svg",
    ".png": "png",
    ".dot": "dot",
    ".graphml": "graphml",
    ".mmd": "mermaid",
    ".txt": "text",
    ".itf.json": "itf",
}

_WRITERS: dict[Format, Callable[[Replay], str | bytes]] = {
    "svg": lambda run: as_svg(draw(run)),
    "png": lambda run: as_png(draw(run)),
    "dot": as_dot,
    "graphml": as_graphml,
    "mermaid": as_mermaid,
    "text": as_text,
    "itf": as_itf,
}


def render(run: Replay, format: Format) -> str | bytes:
    """``run`` in a format: ``bytes`` for PNG, ``str`` for every other.

    The same run gives the same output, to the byte.

    Raises:
        TraceError: there is no such format, or the run cannot be put in it.
    """
    writer = _WRITERS.get(format)
    if writer is None:
        known = ", ".join(FORMATS)
        raise TraceError(f"{printable(str(format))}: is not a format; allowed: {known}")
    return writer(run)


def format_of(path: str | os.PathLike[str]) -> Format:
    """The format that the end of a file's name stands for, in small or capital letters.

    Raises:
        TraceError: it stands for none; the message lists the ones that are allowed.
    """
    name = os.fspath(path)
    for suffix, format in SUFFIXES.items():
        if name.lower().endswith(suffix):
            return format
    known = ", ".join(SUFFIXES)
    raise TraceError(f"{printable(name)}: does not end in a known suffix; allowed: {known}")


def write(run: Replay, path: str | os.PathLike[str]) -> None:
    """Write ``run`` to ``path``, in the format that its suffix stands for, whole or not at all.

    Raises:
        TraceError: the suffix stands for no format, or the file cannot be written.
    """
    write_atomically(path, render(run, format_of(path)))
