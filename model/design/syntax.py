"""TOML text to plain data, with syntax errors as ``file:line:column: what is wrong``."""

import ast
import re
import tomllib
from typing import Any

from unsay.model.design.errors import DesignError, dotted, printable

SIZE_MAX = 64 * 1024
"""Bytes; a design file has a few thousand."""

KEY_PARTS_MAX = 32
"""Far more than any key of a design has."""

_KEY_PART = r"""(?:[A-Za-z0-9_-]++|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+"""
_LONG_KEY = re.compile(rf"(?<![A-Za-z0-9_-])(?:{_KEY_PART}){{{KEY_PARTS_MAX}}}")
_LONG_NUMBER = re.compile(r"[0-9][0-9_]{999,}")
_POSITION = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_KEY_TUPLE = re.compile(r"\('.*'\)|\('.*',\)")
_CLEARER = {
    "Cannot overwrite a value": "this key has a value already; allowed: each key once",
    "Invalid value": "not a TOML value; text needs quotes, true and false are in lower case",
}


def decoded(text: str, name: str) -> dict[str, Any]:
    """The data in the TOML ``text``; ``name`` starts every error line.

    Raises ``DesignError`` when the text is empty, too large, or not TOML.
    """
    # Some editors mark UTF-8 files so; TOML knows no such mark.
    text = text.removeprefix("\ufeff")
    if len(text) > SIZE_MAX:
        raise too_large(name)
    # The parser takes time and memory that grow with the square of the parts of a key.
    if match := _LONG_KEY.search(text):
        raise error_at(name, text, match.start(), "this key has too many parts for a design")
    try:
        data = tomllib.loads(text)
    except RecursionError:
        raise DesignError([f"{printable(name)}: arrays or tables nested too deeply"]) from None
    except tomllib.TOMLDecodeError as error:
        raise _syntax_error(name, text, str(error)) from None
    except ValueError:
        # What else the parser raises: Python refuses to read very long numbers.
        match = _LONG_NUMBER.search(text)
        raise error_at(name, text, match.start() if match else 0, "number too long") from None
    if not data:
        raise DesignError(
            [f"{printable(name)}: the file is empty; a design needs a title, nodes and devices"]
        )
    return data


def error_at(name: str, text: str, offset: int, what: str) -> DesignError:
    """The error that ``what`` is wrong at ``offset`` in ``text``."""
    line = text.count("\n", 0, offset) + 1
    column = offset - text.rfind("\n", 0, offset)
    return DesignError([f"{printable(name)}:{line}:{column}: {printable(what)}"])


def too_large(name: str) -> DesignError:
    """The error that a file is too large to be a design."""
    return DesignError(
        [f"{printable(name)}: too large for a design; allowed: {SIZE_MAX // 1024} KiB"]
    )


def _syntax_error(name: str, text: str, message: str) -> DesignError:
    position = _POSITION.search(message)
    message = _KEY_TUPLE.sub(_key_in_brackets, _POSITION.sub("", message))
    message = _CLEARER.get(message, message)
    if position is None or position[1] is None:
        return error_at(name, text, len(text), message)
    return DesignError([f"{printable(name)}:{position[1]}:{position[2]}: {printable(message)}"])


def _key_in_brackets(match: re.Match[str]) -> str:
    # The parser names tables as Python tuples; a reader knows them as [nodes.china].
    try:
        return f"[{dotted(ast.literal_eval(match[0]))}]"
    except (SyntaxError, ValueError):
        return match[0]
