"""How far a claim in pieces has got, kept in a checkpoint: pieces decided, and the one at hand."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from unsay.engines.checkpoint import Place, digest
from unsay.engines.pieces import Piece

Actions = tuple[int, ...]


@dataclass(frozen=True)
class Sight:
    """How far one piece has got.

    Attributes:
        visible: The cells that are seen.
        real: A run of the machine against the piece, if one is known.
        below: Only runs of fewer steps than that are of interest, if not None.
    """

    visible: frozenset[int]
    real: Actions | None = None
    below: int | None = None


@dataclass
class Progress:
    """What is known of a claim's pieces.

    Attributes:
        done: How many pieces are decided, in order.
        best: The shortest run known against any of them.
        shortest: No shorter run breaks the piece that ``best`` is against.
        states: Reachable states of the largest slice that settled one.
        sight: How far the next piece has got, if it was begun.
        enough: What was seen where pieces turned out to hold, in order.
    """

    done: int = 0
    best: Actions | None = None
    shortest: bool = False
    states: int = 0
    sight: Sight | None = None
    enough: list[frozenset[int]] = field(default_factory=list)


class KeptProgress:
    """Progress on a claim that is kept now and then.

    Args:
        place: Where, or None to keep nothing.
        every: The pieces, in the order in which they are decided.
        layout: What cells and actions mean, as a digest.
    """

    def __init__(self, place: Place | None, every: Sequence[Piece], layout: str) -> None:
        self.place = place
        self.now = Progress()
        if place is None:
            return
        self._claim = digest([layout, [repr(_plain(piece)) for piece in every]])
        part = place.load()
        if part is not None:
            if part.about.get("claim") != self._claim:
                raise place.damaged("is of another claim, or of other states than this design has")
            try:
                self.now = _progress(part.about)
            except (KeyError, TypeError, ValueError):
                raise place.damaged("what it says of the claim makes no sense") from None

    def look(self, sight: Sight) -> None:
        """The piece at hand has got so far."""
        self.now.sight = sight
        self._keep_if_due()

    def decided(self, states: int) -> None:
        """The piece at hand is decided; ``best`` and ``shortest`` are up to date."""
        self.now.done += 1
        self.now.states = max(self.now.states, states)
        self.now.sight = None
        self._keep_if_due()

    def keep(self) -> None:
        """Keep it as it is."""
        if self.place is not None:
            began, now = time.monotonic(), self.now
            sight = now.sight and [sorted(now.sight.visible), now.sight.real, now.sight.below]
            enough = [sorted(seen) for seen in now.enough]
            about = {**vars(now), "sight": sight, "enough": enough, "claim": self._claim}
            self.place.save(about, b"", began)

    def chain_place(self, sight: Sight) -> Place | None:
        """Where to keep the search of the slice that is looked through."""
        if self.place is None:
            return None
        cells = digest(sorted(sight.visible))[:12]
        return Place(self.place.checkpoint, f"{self.place.name}.{cells}")

    def forget(self) -> None:
        """The claim is decided."""
        if self.place is not None:
            self.place.checkpoint.remove(self.place.name)

    def _keep_if_due(self) -> None:
        if self.place is not None and self.place.due:
            self.keep()


def _plain(piece: Piece) -> tuple[str, list[int]]:
    return str(_ordered(piece.claim)), sorted(piece.core)


def _ordered(formula: Any) -> Any:
    """A formula with its sets in order, so that equal ones are spelt alike in every process."""
    if isinstance(formula, bool):
        return formula
    if hasattr(formula, "parts"):
        return [type(formula).__name__, *(_ordered(p) for p in formula.parts)]
    return [formula.cell, sorted(formula.values)]


def _progress(about: dict[str, Any]) -> Progress:
    sight = about["sight"]
    if sight is not None:
        visible, real, below = sight
        sight = Sight(frozenset(visible), None if real is None else tuple(real), below)
    best = about["best"]
    return Progress(
        int(about["done"]),
        None if best is None else tuple(best),
        bool(about["shortest"]),
        int(about["states"]),
        sight,
        [frozenset(seen) for seen in about["enough"]],
    )
