"""Two ways on from one state: what a broken claim about steps compares, carried out.

"Twice is once" and "in either order" speak of more than the one step that was taken. What would
have come otherwise is computed here, by the machine's own rules, and where the ways part.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from unsay.engines.run import Replay, ReplayError, Step
from unsay.model.language import Machine, Symbol
from unsay.model.language.terms import Variable
from unsay.model.readings.reference import Moment, Reference, State
from unsay.properties.property import Applied, Comparison, Way
from unsay.traces.blame import broken_at


@dataclass(frozen=True)
class WayTaken:
    """One way, carried out.

    Attributes:
        says: What happens.
        run: What is carried out beyond the step itself; without steps if that is nothing.
        instead: It begins at the state before the step rather than after it.
    """

    says: str
    run: Replay
    instead: bool


@dataclass(frozen=True)
class Difference:
    """A cell in which the ways end differently.

    Attributes:
        symbol: Its table.
        place: Where in it.
        values: What it holds at the end of each way.
    """

    symbol: Symbol
    place: tuple[int, ...]
    values: tuple[str, ...]


@dataclass(frozen=True)
class Compared:
    """The ways that a broken claim compares, and where they end differently."""

    ways: tuple[WayTaken, ...]
    differences: tuple[Difference, ...]


def compared(replay: Replay) -> Compared | None:
    """What the broken claim of ``replay`` compares; None if it compares nothing.

    Raises:
        ReplayError: the ways do not part: what the claim compares is not what it says it compares,
            a defect of this program.
    """
    claim = replay.property
    if claim is None or claim.compares is None or not replay.broken:
        return None
    values = broken_at(replay)
    ways = tuple(_taken(replay, way, values) for way in claim.compares.ways)
    found = _differences(replay.machine, claim.compares, values, [w.run.states for w in ways])
    if not found:
        raise ReplayError(f"internal error: {claim.name} is broken, but all ways end alike")
    return Compared(ways, found)


def _taken(replay: Replay, way: Way, values: Mapping[Variable, int]) -> WayTaken:
    machine = replay.machine
    reference = Reference(machine, {s for s, _ in replay.states[-1] if s.role == "history"})
    states = [replay.states[-2 if way.instead else -1]]
    steps = []
    for applied in way.applied:
        step, state = _apply(reference, applied, values, states[-1])
        steps.append(step)
        states.append(state)
    names = {v.name: machine.structure.members(v.of)[i] for v, i in values.items()}
    run = Replay(machine, tuple(steps), tuple(states), supposed=True)
    return WayTaken(way.says.format_map(names), run, way.instead)


def _apply(
    reference: Reference, applied: Applied, values: Mapping[Variable, int], state: State
) -> tuple[Step, State]:
    """A rule's effect whether or not its guards allow it, which is what such claims speak of."""
    arguments = tuple(reference.value(a, values, Moment(state)) for a in applied.arguments)
    machine = reference.machine
    others = (r for r in machine.rules if r.name in applied.otherwise)
    rules = (machine.rule(applied.rule), *others)
    possible = (r for r in rules if not reference.blocked_by(r, arguments, state))
    rule = next(possible, rules[0])
    members = zip(rule.parameters, arguments, strict=True)
    names = tuple(reference.structure.members(p.of)[i] for p, i in members)
    return Step(rule.name, names), reference.step(replace(rule, guards=()), arguments, state)


def _differences(
    machine: Machine,
    comparison: Comparison,
    values: Mapping[Variable, int],
    runs: list[tuple[State, ...]],
) -> tuple[Difference, ...]:
    reference = Reference(machine)
    found = []
    for cell in comparison.cells:
        moment = Moment(runs[0][0])
        place = tuple(reference.value(a, values, moment) for a in cell.arguments)
        members = machine.structure.members(cell.symbol.value)
        ends = tuple(members[states[-1][cell.symbol, place]] for states in runs)
        if len(set(ends)) > 1:
            found.append(Difference(cell.symbol, place, ends))
    return tuple(found)
