"""Reading a JSON file, with one clear line for every way in which that can fail."""

from __future__ import annotations

import json
import os
from typing import Any

from unsay.model.design.errors import printable
from unsay.traces.errors import TraceError

SIZE_MAX = 256 * 2**20
"""No trace comes near it; a device file or a wrong path does."""


def read_json(path: str | os.PathLike[str]) -> Any:
    """What the JSON file at ``path`` holds.

    Raises:
        TraceError: it cannot be read, or is not JSON, or ends too early.
    """
    name = printable(os.fspath(path))
    text = _text(path, name)
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        # A parser that stops at the end of the text, or in a string that never ends, wants more.
        cut = error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string")
        what = "is cut off" if cut and text.strip() else "is not JSON"
        raise TraceError(f"{name}: {what}: {line_of(error)} at {where}") from None
    except RecursionError:
        raise TraceError(f"{name}: is not a trace: its JSON is nested too deeply") from None
    except ValueError as error:
        raise TraceError(f"{name}: is not JSON: {printable(str(error))}") from None


def line_of(error: json.JSONDecodeError) -> str:
    """What the parser missed, as the middle of a sentence."""
    return printable(error.msg[:1].lower() + error.msg[1:])


def _text(path: str | os.PathLike[str], name: str) -> str:
    try:
        with open(path, "rb") as file:
            # One byte more than allowed tells a file that is too large, even an endless one.
            content = file.read(SIZE_MAX + 1)
    except FileNotFoundError:
        raise TraceError(f"{name}: no such file") from None
    except IsADirectoryError:
        raise TraceError(f"{name}: is a directory; expected a trace file") from None
    except OSError as error:
        # Windows reports a directory as a lack of permission.
        if os.path.isdir(path):
            raise TraceError(f"{name}: is a directory; expected a trace file") from None
        reason = printable(error.strerror or type(error).__name__)
        raise TraceError(f"{name}: cannot be read: {reason}") from None
    except ValueError:
        raise TraceError(f"{name}: cannot be the name of a file") from None
    if len(content) > SIZE_MAX:
        raise TraceError(f"{name}: is larger than {SIZE_MAX // 2**20} MiB, so it is no trace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise TraceError(
            f"{name}: is not UTF-8 text: byte 0x{content[error.start]:02x} at {error.start}"
        ) from None
