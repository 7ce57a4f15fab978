"""Design files, design texts and decoded designs, each to a ``Design``."""

import os
from collections.abc import Collection, Mapping
from typing import Any

from unsay.model.design.checks import property_problems
from unsay.model.design.design import Design
from unsay.model.design.errors import DesignError, Problem, printable
from unsay.model.design.markets import Market
from unsay.model.design.syntax import SIZE_MAX, decoded, error_at, too_large
from unsay.model.design.translate import validated


def load_design(
    path: str | os.PathLike[str], *, known_properties: Collection[str] | None = None
) -> Design:
    """The design in the TOML file at ``path``.

    ``known_properties`` are the names that ``properties`` may list; None leaves them
    unchecked.

    Raises ``DesignError``, with a line for every mistake, when the file cannot be read or
    is not a valid design.
    """
    name = os.fspath(path)
    return parse_design(_text(name), name=name, known_properties=known_properties)


def parse_design(
    text: str, *, name: str = "<text>", known_properties: Collection[str] | None = None
) -> Design:
    """The design in a TOML ``text``; ``name`` starts every error line.

    Raises ``DesignError`` as ``load_design`` does.
    """
    return design_from_data(decoded(text, name), name, known_properties=known_properties)


def design_from_data(
    data: Mapping[str, Any],
    name: str = "<data>",
    *,
    known_properties: Collection[str] | None = None,
) -> Design:
    """The design in decoded ``data``, such as ``Design.resolved()`` gives.

    Raises ``DesignError`` as ``load_design`` does.
    """
    unknown: list[Problem] = []
    if known_properties is not None and isinstance(data, Mapping):
        unknown = list(property_problems(data, sorted(known_properties)))
    return validated(Design, data, name, unknown)


def load_markets(path: str | os.PathLike[str]) -> dict[str, Market]:
    """The markets in the TOML file at ``path``, which holds nothing else.

    Raises ``DesignError`` as ``load_design`` does.
    """
    name = os.fspath(path)
    markets = decoded(_text(name), name).get("markets", {})
    return {market: validated(Market, data, name) for market, data in markets.items()}


def _text(name: str) -> str:
    try:
        with open(name, "rb") as file:
            # One byte more than allowed tells a file that is too large, even an endless one.
            content = file.read(SIZE_MAX + 1)
    except IsADirectoryError:
        raise DesignError([f"{printable(name)}: is a directory; expected a TOML file"]) from None
    except FileNotFoundError:
        raise DesignError([f"{printable(name)}: no such file"]) from None
    except OSError as error:
        reason = printable(error.strerror or "unknown reason")
        raise DesignError([f"{printable(name)}: cannot be read: {reason}"]) from None
    except ValueError:
        raise DesignError([f"{printable(name)}: cannot be the name of a file"]) from None
    if len(content) > SIZE_MAX:
        raise too_large(name)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8")
        what = f"not UTF-8 text: byte 0x{content[error.start]:02x}"
        raise error_at(name, before, len(before), what) from None
