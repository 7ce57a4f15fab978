"""Sets of bit vectors as binary decision diagrams. The one file that knows the library (OxiDD).

With complement edges, so that a set and its complement are one diagram.

A diagram is a value: ``a & b``, ``a | b``, ``~a`` and ``a == b`` are intersection, union,
complement and equality, and equality is a comparison of two pointers.
Why OxiDD: docs/decisions/0003-diagrams.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from oxidd.bcdd import BCDDFunction, BCDDManager
from oxidd.util import BooleanOperator, DDDMPFile

Diagram = BCDDFunction
"""A set of bit vectors."""

_MIB = 1024 * 1024
_BYTES_A_NODE = 36
"""Measured resident bytes for a node, with its share of the unique table."""
_BYTES_A_CACHE_ENTRY = 20
_CACHE_SHARE = 0.04
_CACHE_MIN, _CACHE_MAX = 1 << 16, 1 << 20


class Sets:
    """Sets of vectors of ``bits`` bits, bit 0 at the top of the diagrams.

    Args:
        bits: How many bits a vector has.
        memory_mib: What all diagrams together may take, in MiB. An operation that needs more
            raises ``MemoryError``.
    """

    def __init__(self, bits: int, memory_mib: float) -> None:
        room = int(memory_mib * _MIB)
        cache = _CACHE_MIN
        while cache < _CACHE_MAX and 2 * cache * _BYTES_A_CACHE_ENTRY < room * _CACHE_SHARE:
            cache *= 2
        nodes = max(1 << 12, (room - cache * _BYTES_A_CACHE_ENTRY) // _BYTES_A_NODE)
        self.bits = bits
        self._manager = BCDDManager(min(nodes, (1 << 32) - 2), cache, 1)
        self._manager.add_vars(bits)
        self.nothing: Diagram = self._manager.false()
        self.everything: Diagram = self._manager.true()

    def bit(self, number: int, on: bool = True) -> Diagram:
        """The vectors in which bit ``number`` is set, or is not."""
        return self._manager.var(number) if on else self._manager.not_var(number)

    def meet(self, sets: Iterable[Diagram]) -> Diagram:
        """What all of ``sets`` have in common."""
        found = self.everything
        for each in sets:
            found = found & each
        return found

    def join(self, sets: Iterable[Diagram]) -> Diagram:
        """What is in any of ``sets``."""
        found = self.nothing
        for each in sets:
            found = found | each
        return found

    def cube(self, bits: Iterable[int]) -> Diagram:
        """These bits, to be forgotten by ``forget``."""
        return self.meet(self.bit(b) for b in sorted(bits, reverse=True))

    def count(self, among: Diagram) -> int:
        """How many vectors are in the set, exactly."""
        return among.sat_count(self.bits)

    def member(self, among: Diagram) -> list[bool] | None:
        """Some vector of the set, or None if it is empty."""
        chosen = among.pick_cube()
        return None if chosen is None else [bool(b) for b in chosen]

    def as_bytes(self, sets: Sequence[Diagram]) -> bytes:
        """``sets`` in the format DDDMP, in which what they share is said once."""
        with TemporaryDirectory(prefix="unsay-") as folder:
            path = Path(folder, "sets")
            self._manager.export_dddmp(path, sets)
            return path.read_bytes()

    def from_bytes(self, data: bytes) -> list[Diagram]:
        """The sets that ``as_bytes`` said, for vectors of as many bits.

        Raises:
            ValueError: they are of other vectors, or the bytes are no such sets.
        """
        with TemporaryDirectory(prefix="unsay-") as folder:
            path = Path(folder, "sets")
            path.write_bytes(data)
            file = DDDMPFile(path)
            order = list(file.support_var_order)
            if file.num_vars != self.bits or order != sorted(order):
                raise ValueError("sets of other vectors")
            return list(self._manager.import_dddmp(file))

    @property
    def size(self) -> int:
        """Nodes that all diagrams take at present, about."""
        return self._manager.approx_num_inner_nodes()


def forget(among: Diagram, cube: Diagram) -> Diagram:
    """The vectors that are in ``among`` for some value of the bits of ``cube``."""
    return among.exists(cube)


def meet_and_forget(one: Diagram, other: Diagram, cube: Diagram) -> Diagram:
    """``forget(one & other, cube)`` in one pass."""
    return one.apply_exists(BooleanOperator.AND, other, cube)


def is_empty(among: Diagram) -> bool:
    """Whether no vector is in the set."""
    return not among.satisfiable()


__all__ = ["Diagram", "Sets", "forget", "is_empty", "meet_and_forget"]
