"""Reachable states of small structures: what a lemma has to be true of before it is tried."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from unsay.model.language import Kind, Machine, Symbol
from unsay.model.readings.arrays import Values, Worlds
from unsay.model.readings.compiled import Packed, Program
from unsay.model.readings.ground import ground

_WALK_STEPS = 60
_FAULT_SHARE = 0.15


def worlds_of(
    machine: Machine, keep: Iterable[Symbol], most: int, pause: Callable[[], None], seed: int = 0
) -> Worlds:
    """Up to ``most`` reachable states of ``machine``: the nearest, and those of random walks."""
    program = Program(ground(machine, keep, pause))
    states = _nearest(program, most // 4, pause)
    _walk(program, states, most, random.Random(seed), pause)
    cells = _cells(program, list(states))
    return Worlds(
        sizes={s: len(e) for s, e in machine.structure.elements.items()},
        states=len(cells),
        tables={**_rigid(machine), **_changing(program, cells)},
    )


def _nearest(program: Program, most: int, pause: Callable[[], None]) -> dict[Packed, None]:
    found = {program.initial: None}
    waiting = deque(found)
    while waiting and len(found) < most:
        pause()
        for after in program.targets(waiting.popleft()):
            if after not in found:
                found[after] = None
                waiting.append(after)
    return found


def _walk(
    program: Program,
    found: dict[Packed, None],
    most: int,
    chance: random.Random,
    pause: Callable[[], None],
) -> None:
    """Random walks from the start or from anywhere found; a fault now and then."""
    faults = program.numbers(Kind.FAULT)
    starts = [program.initial]
    for i in range(most // 10):
        state = chance.choice(starts) if i % 2 else program.initial
        for _ in range(_WALK_STEPS):
            pause()
            steps = program.successors(state)
            calm = [s for a, s in steps if a not in faults]
            rough = [s for a, s in steps if a in faults]
            if not steps or len(found) >= most:
                break
            choose = rough if rough and (not calm or chance.random() < _FAULT_SHARE) else calm
            state = chance.choice(choose)
            found[state] = None
        starts.append(state)


def _cells(program: Program, states: Sequence[Packed]) -> Values:
    """The value of every cell in every state."""
    packing, initial = program.packing, program.ground.initial
    width = max(1, (packing.bits + 7) // 8)
    raw = b"".join(s.to_bytes(width, "little") for s in states)
    octets = np.frombuffer(raw, np.uint8).reshape(len(states), width)
    bits = np.unpackbits(octets, axis=1, bitorder="little")
    found = np.tile(np.array(initial, np.int16), (len(states), 1))
    for cell, shift in packing.shift.items():
        domain = packing.domain(cell)
        code = np.zeros(len(states), np.int16)
        for k in range((len(domain) - 1).bit_length()):
            code |= bits[:, shift + k].astype(np.int16) << k
        found[:, cell] = np.array(domain, np.int16)[code]
    return found


def _rigid(machine: Machine) -> dict[Symbol, Values]:
    found = {}
    for symbol in machine.symbols:
        if symbol.role == "rigid":
            shape = tuple(len(machine.structure.members(s)) for s in symbol.arguments)
            table = np.zeros(shape, dtype=np.int16)
            for place, value in machine.structure.rigid[symbol].items():
                table[place] = value
            found[symbol] = table
    return found


def _changing(program: Program, cells: Values) -> dict[Symbol, Values]:
    columns: dict[Symbol, list[int]] = {}
    for i, cell in enumerate(program.ground.grounder.cells):
        columns.setdefault(cell.symbol, []).append(i)
    structure = program.ground.machine.structure
    found = {}
    for symbol, numbers in columns.items():
        shape = tuple(len(structure.members(s)) for s in symbol.arguments)
        found[symbol] = cells[:, numbers].reshape(len(cells), *shape)
    return found
