"""Names in a text: each thing gets one of its own, as near to ours as the format allows."""

from __future__ import annotations

import re
from collections.abc import Iterable


class Names:
    """Gives out names that are identifiers, not reserved, and not given out before."""

    def __init__(self, reserved: Iterable[str] = ()) -> None:
        self._taken = set(reserved)

    def take(self, wanted: str) -> str:
        """A name like ``wanted``: itself if it can be."""
        name = identifier(wanted)
        while name in self._taken:
            name += "_"
        self._taken.add(name)
        return name


def identifier(text: str) -> str:
    """``text`` with everything but letters, digits and underscores made an underscore."""
    name = re.sub(r"[^A-Za-z0-9_]", "_", text)
    return name if name[:1].isalpha() else f"x{name}"


def camel(text: str) -> str:
    """``hear_ack`` and ``hear-ack`` become ``HearAck``."""
    parts = re.split(r"[^A-Za-z0-9]+", text)
    return "".join(p[:1].upper() + p[1:] for p in parts)


def title(text: str) -> str:
    """A name for a whole text after ``text``: a letter first."""
    name = camel(text)
    return name if name[:1].isalpha() else f"Design{name}"
