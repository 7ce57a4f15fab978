"""Deciding a claim through a few cells, which are added to as runs of the slice turn out false.

A slice (``Symbolic.slice``) has every run of the machine. So a claim that no run of it breaks
holds in every reachable state. A run that breaks it is tried on the machine: either it is real,
or it tells which further cells have to be seen. (Clarke, Grumberg, Jha, Lu, Veith:
Counterexample-guided abstraction refinement, CAV 2000, with cells made visible one by one.)

A shortest run of a slice is at most as long as any run of the machine that breaks the claim. So
where it is real, it is a shortest of the machine.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from unsay.engines.budget import BudgetError
from unsay.engines.checkpoint import Place
from unsay.engines.lifting import Lifting
from unsay.engines.pieces import Piece
from unsay.engines.progress import KeptProgress, Sight
from unsay.engines.reach import Chain, Layers, Path, TooLargeError, breaking
from unsay.model.readings.symbolic import Diagram, Symbolic, is_empty

_LAYER_NODES_MAX = 2000
"""A search for a shortest run of a slice gives way to any run once a layer has more nodes.

Shortest runs tell best what a slice lacks, as long as they cost little."""


@dataclass(frozen=True)
class Decided:
    """What became of a piece.

    Attributes:
        run: Action numbers of a run of the machine that breaks it, or None if there is none.
        shortest: No shorter run breaks it.
        states: Reachable states of the slice that settled it.
        stopped: What ended the search for a shorter run.
    """

    run: tuple[int, ...] | None
    shortest: bool = False
    states: int = 0
    stopped: BaseException | None = None


class Slices:
    """Decides pieces of claims on one machine.

    Args:
        whole: The machine as sets of states.
        lifting: What tries runs of slices on the machine.
        steps: Whether the claims are about steps rather than states.
        pause: Called between two pieces of work; what it raises ends the work.
        report: Told of progress.
    """

    def __init__(
        self,
        whole: Symbolic,
        lifting: Lifting,
        steps: bool,
        pause: Callable[[], None],
        report: Callable[[str], None],
    ) -> None:
        self._whole = whole
        self._steps = steps
        self._pause = pause
        self._report = report
        self._lifting = lifting

    def decide(
        self,
        piece: Piece,
        below: int | None = None,
        kept: KeptProgress | None = None,
        any_run: bool = False,
    ) -> Decided:
        """Whether some run breaks ``piece``; with ``below``, some run of fewer steps than that.

        With ``kept``, it goes on where that is, and tells it how far it has got. With ``any_run``
        the first run that is found will do.

        Raises:
            BudgetError: a limit was used up before any run was found.
        """
        distances = self._lifting.distances(self._first_sight(piece))
        before = None if kept is None else kept.now.sight
        enough = [] if kept is None else kept.now.enough
        sight = before or Sight(self._sight_to_begin_with(piece, enough), None, below)
        while True:
            visible, real, below = sight.visible, sight.real, sight.below
            place = None if kept is None else kept.chain_place(sight)
            try:
                found = self._look(piece, sight, place)
            except (BudgetError, MemoryError, KeyboardInterrupt) as stop:
                if real is None:
                    raise
                return Decided(real, stopped=stop)
            if isinstance(found, Decided):
                if real is None:
                    enough.append(visible)
                return found if real is None else Decided(real, shortest=True)
            path, last, shortest = found
            blamed = self._lifting.to_blame(path, last, visible, piece.claim, distances)
            if blamed:
                sight = Sight(visible | blamed, real, below)
                if kept is not None:
                    kept.look(sight)
                continue
            run = (*path[0], *(() if last is None else (last,)))
            if shortest or any_run:
                return Decided(run, shortest=shortest)
            sight = Sight(visible, run, len(run) if below is None else min(below, len(run)))
            if kept is not None:
                kept.look(sight)

    def _sight_to_begin_with(
        self, piece: Piece, enough: Sequence[frozenset[int]]
    ) -> frozenset[int]:
        """What was enough for another piece about the same, or else what it is about."""
        core = self._first_sight(piece)
        return min((seen for seen in enough if core <= seen), key=len, default=core)

    def _first_sight(self, piece: Piece) -> frozenset[int]:
        half = len(self._whole.ground.initial)
        return frozenset(c % half for c in piece.core if c < 2 * half)

    def _look(
        self, piece: Piece, sight: Sight, place: Place | None
    ) -> Decided | tuple[Path, int | None, bool]:
        """A run of the slice against the piece: its path, its last action, whether a shortest."""
        visible, any_run, below = sight.visible, sight.real is None, sight.below
        reading = self._whole.slice(visible)
        broken_at = breaking(reading, piece.claim, self._steps, self._pause)
        wanted = reading.sets.join(broken_at.values())
        self._report(f"looking through {len(visible)} cells")
        path: Path | None = None
        if any_run:
            chain = Chain(reading, self._pause, self._report, recorded=True, place=place)
            broken = chain.run(until=wanted)
            if place is not None:
                place.checkpoint.remove(place.name)
            if not broken:
                return Decided(None, states=reading.count(chain.known))
            path = chain.path_to(wanted)
        nearest = self._nearest(reading, wanted, any_run, below)
        if nearest is None:
            return Decided(None)  # none that is short enough
        shortest = not isinstance(nearest, TooLargeError)
        if not isinstance(nearest, TooLargeError):
            path = nearest
        assert path is not None
        here = reading.exactly(path[1][-1])
        last = next(a for a, where in broken_at.items() if not is_empty(where & here))
        return path, last, shortest

    def _nearest(
        self, reading: Symbolic, wanted: Diagram, any_run: bool, below: int | None
    ) -> Path | TooLargeError | None:
        layers = Layers(reading, self._pause, _LAYER_NODES_MAX if any_run else None)
        farthest = None if below is None else below - 1 - self._steps
        try:
            distance = layers.first(wanted, farthest)
        except TooLargeError as error:
            return error
        return None if distance is None else layers.path_to(wanted)
