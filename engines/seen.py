"""The states that a search has seen, kept in a checkpoint as they come.

States are seen in order, and each state's parent was seen before it, in the same order. So a state
takes its own few bytes and, for its parent, how much further on that is than the parent before.
What was seen since the last time becomes a part of its own, so that keeping costs once a state.
The head, written last, says which parts count.
"""

from __future__ import annotations

import sys
import time
import zlib
from array import array
from itertools import islice
from typing import Any

from unsay.engines.checkpoint import Part, Place

Parents = dict[int, int | None]
"""Every state that was seen, in order, with the state that it was found from."""

_PARENT_BYTES = 4


class Seen:
    """Keeps seen states and a few numbers, or brings them back.

    Args:
        place: Where the head is kept; parts go beside it.
        bits: How many bits a state has.
        layout: What states and actions mean, as a digest; other states cannot be gone on from.
    """

    def __init__(self, place: Place, bits: int, layout: str) -> None:
        self.place = place
        self._width = max(1, (bits + 7) // 8)
        self._layout = layout
        self._parts: list[tuple[int, str]] = []
        self._count = 0
        self._parent = 0  # how many states were seen before the last parent

    def save(self, parents: Parents, about: dict[str, Any]) -> None:
        """Keep what is new of ``parents``, and ``about``."""
        began = time.monotonic()
        new = len(parents) - self._count
        if new:
            data = zlib.compress(self._packed(parents), 1)
            name = self._part_name(len(self._parts))
            self._parts.append((new, self.place.checkpoint.save(name, {"states": new}, data)))
            self._count += new
        head = {"layout": self._layout, "parts": self._parts, "search": about}
        self.place.save(head, b"", began)

    def load(self) -> tuple[Parents, dict[str, Any]] | None:
        """What was kept: the states in order, and ``about``.

        Raises:
            CheckpointError: it is damaged, or of other states.
        """
        head = self.place.load()
        if head is None:
            return None
        if head.about.get("layout") != self._layout:
            raise self.place.damaged("is of other states than this design has")
        order: list[int] = []
        parents: Parents = {}
        try:
            for number, (count, checksum) in enumerate(head.about["parts"]):
                part = self.place.checkpoint.load(self._part_name(number))
                if part is None or part.checksum != checksum:
                    raise self.place.damaged(f"its part {number} is missing or another")
                self._unpack(part, count, order, parents)
                self._parts.append((count, checksum))
            about = head.about["search"]
        except (KeyError, TypeError, ValueError, IndexError, zlib.error):
            raise self.place.damaged("what it says of states makes no sense") from None
        self._count = len(order)
        if len(parents) != len(order):
            raise self.place.damaged("it has a state twice")
        return parents, about

    def remove(self) -> None:
        """Forget it: the search has ended."""
        self.place.checkpoint.remove(self.place.name)
        for number in range(len(self._parts)):
            self.place.checkpoint.remove(self._part_name(number))

    def _part_name(self, number: int) -> str:
        return f"{self.place.name}.{number}"

    def _packed(self, parents: Parents) -> bytes:
        width, further = self._width, array("I")
        earlier = islice(parents, self._parent, None)
        here = next(earlier)
        for before in islice(parents.values(), self._count, None):
            steps = 0
            while before is not None and here != before:
                here = next(earlier)
                steps += 1
            further.append(steps)
            self._parent += steps
        if sys.byteorder == "big":
            further.byteswap()
        states = islice(parents, self._count, None)
        return b"".join(s.to_bytes(width, "little") for s in states) + further.tobytes()

    def _unpack(self, part: Part, count: int, order: list[int], parents: Parents) -> None:
        width = self._width
        size = count * (width + _PARENT_BYTES)
        reader = zlib.decompressobj()
        data = reader.decompress(part.data, size + 1)
        if len(data) != size or not reader.eof:
            raise ValueError("not so many states")
        further = array("I", data[count * width :])
        if sys.byteorder == "big":
            further.byteswap()
        for i, steps in enumerate(further):
            state = int.from_bytes(data[i * width : i * width + width], "little")
            self._parent += steps
            parents[state] = order[self._parent] if order else None
            order.append(state)
