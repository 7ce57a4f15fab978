"""Facts: what a state holds that the initial state does not.

A run begins where nothing has happened yet. A state that is merely supposed has a past that nobody
saw, so a picture has to spell it out: every cell that is not as at the start.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from unsay.engines.run import Replay
from unsay.model.language import BOOL, Machine, Symbol
from unsay.model.language.terms import symbols
from unsay.model.readings.reference import State
from unsay.traces.changes import lane_states
from unsay.traces.lanes import Lane
from unsay.traces.transits import LaneAt


@dataclass(frozen=True)
class Fact:
    """What one table says at one lane, or of no lane in particular.

    Attributes:
        lane: Where.
        symbol: The table.
        words: ``processed: m1.send, m1.recall``, or ``no longer owed: m1.send``.
        changed: The step made it so.
    """

    lane: Lane | None
    symbol: Symbol
    words: str
    changed: bool = False


def facts(machine: Machine, state: State, lanes: LaneAt) -> tuple[Fact, ...]:
    """What differs from the initial state and is neither drawn as in flight nor as held."""
    found = _by_table(machine, _unusual(machine, state), lanes)
    return tuple(Fact(lane, s, f"{word}: {_list(cells)}") for (lane, s, word), cells in found)


def new_facts(replay: Replay, index: int, lanes: LaneAt) -> tuple[Fact, ...]:
    """The facts after step ``index`` (from 0); what the step changed stands apart."""
    machine = replay.machine
    before = dict(_unusual(machine, replay.states[index]))
    after = dict(_unusual(machine, replay.states[index + 1]))
    found: list[Fact] = []
    for mark, cells in (
        ("", {k: v for k, v in after.items() if before.get(k) == v}),
        ("now ", {k: v for k, v in after.items() if before.get(k) != v}),
        ("no longer ", {k: v for k, v in before.items() if k not in after}),
    ):
        for (lane, s, word), of in _by_table(machine, cells.items(), lanes):
            found.append(Fact(lane, s, f"{mark}{word}: {_list(of)}", bool(mark)))
    return tuple(found)


_Cell = tuple[Symbol, tuple[int, ...]]
_Where = tuple[Lane | None, Symbol, str]


def _unusual(machine: Machine, state: State) -> Iterator[tuple[_Cell, int]]:
    drawn = {f.symbol for f in machine.flows} | set(lane_states(machine))
    drawn |= {s for view in machine.views for s in symbols(view.value)}
    for (symbol, place), value in state.items():
        if symbol not in drawn and value != machine.structure.initial(symbol):
            yield (symbol, place), value


def _by_table(
    machine: Machine, cells: Iterable[tuple[_Cell, int]], lanes: LaneAt
) -> list[tuple[_Where, list[str]]]:
    """The cells of each table at each lane, in words that leave the lane out."""
    found: dict[_Where, list[str]] = {}
    for (symbol, place), value in cells:
        pairs = list(zip(symbol.arguments, place, strict=True))
        at = [i for i, (s, p) in enumerate(pairs) if (s.name, p) in lanes]
        lane = lanes[pairs[at[0]][0].name, pairs[at[0]][1]] if len(at) == 1 else None
        others = [
            machine.structure.members(s)[p]
            for i, (s, p) in enumerate(pairs)
            if lane is None or i != at[0]
        ]
        said, plain = machine.structure.members(symbol.value)[value], symbol.value == BOOL
        name = table_words(symbol)
        word = f"not {name}" if plain and not value else name
        cell = f"({', '.join(others)})" if len(others) > 1 else " ".join(others)
        words = cell if plain else f"{cell} {said}".strip()
        found.setdefault((lane, symbol, word), []).append(words or "yes")
    return list(found.items())


def table_words(symbol: Symbol) -> str:
    """What a table is called in a fact."""
    return symbol.name.replace("_", " ")


def _list(cells: Iterable[str]) -> str:
    return ", ".join(cells)


def rigid_words(machine: Machine, read: Iterable[Symbol]) -> Mapping[Symbol, str]:
    """What the rigid tables among ``read`` say, but for what names and lanes tell already."""
    found = {}
    for symbol in sorted(read, key=str):
        if symbol.role != "rigid" or symbol.name in _TOLD_BY_NAMES:
            continue
        true = [
            (p, v) for p, v in machine.structure.rigid[symbol].items() if v or symbol.value != BOOL
        ]
        cells = []
        for place, value in true:
            names = [
                machine.structure.members(s)[i]
                for s, i in zip(symbol.arguments, place, strict=True)
            ]
            said = machine.structure.members(symbol.value)[value]
            cell = f"{symbol}[{', '.join(names)}]"
            cells.append(cell if symbol.value == BOOL else f"{cell} = {said}")
        if cells:
            found[symbol] = _list(cells)
    return found


_TOLD_BY_NAMES = ("act", "target", "content", "home")
"""Rigid tables that a picture tells otherwise: in a command's name, in "shows", under a device."""
