"""Changes: what each step did to what holders hold, and to everything else.

Derived from the states and from the machine's views. Only which changes deserve words is a
matter of taste, and that is in ``words``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from unsay.engines.run import Replay
from unsay.model.language import BOOL, Machine, Symbol
from unsay.model.readings.reference import Moment, Reference, State
from unsay.traces.lanes import Lane
from unsay.traces.transits import LaneAt
from unsay.traces.words import (
    ASIDES,
    Showing,
    holding_words,
    lane_state_words,
    note_words,
    showing,
)


@dataclass(frozen=True)
class Holding:
    """What a lane holds of a message."""

    lane: Lane
    subject: str
    value: str
    showing: Showing

    @property
    def words(self) -> str:
        """``shows m1 (v1)``."""
        return holding_words(self.showing, self.subject, self.value)


@dataclass(frozen=True)
class Change:
    """Something worth telling that a step changed at a lane.

    ``holding`` is there if what the lane holds of a message has changed; otherwise it is a note.
    """

    lane: Lane
    words: str
    holding: Holding | None = None


def holdings(machine: Machine, state: State, lanes: LaneAt) -> tuple[Holding, ...]:
    """What every holder holds of every message, through the machine's views."""
    reference = Reference(machine)
    members = machine.structure.members
    found = []
    for view in machine.views:
        subjects = members(view.subject.of)
        for env in reference.scope((view.holder, view.subject), {}):
            value = reference.value(view.value, env, Moment(state))
            subject = env[view.subject]
            what = showing(machine, subject, value, (view.subject.of, view.value.sort))
            lane = lanes[view.holder.of.name, env[view.holder]]
            name = members(view.value.sort)[value]
            found.append(Holding(lane, subjects[subject], name, what))
    return tuple(found)


def lane_states(machine: Machine) -> list[Symbol]:
    """Tables that say of a whole lane that it is as it should be: true at the start."""
    return [
        s
        for s in machine.symbols
        if s.role == "state" and s.value == BOOL and s.initially == "true" and len(s.arguments) == 1
    ]


def offline_lanes(machine: Machine, state: State, lanes: LaneAt) -> frozenset[Lane]:
    """The lanes that are not as at the start: a device without connection."""
    return frozenset(
        lanes[s.arguments[0].name, place[0]]
        for s in lane_states(machine)
        for place in machine.structure.cells(s)
        if (s.arguments[0].name, place[0]) in lanes and not state[s, place]
    )


def asides(machine: Machine, state: State, lanes: LaneAt) -> tuple[tuple[Lane, str], ...]:
    """What holders show beside what they hold: in a cache, in a notification."""
    found, members = [], machine.structure.members
    for symbol in machine.symbols:
        for holder, subject in machine.structure.cells(symbol) if symbol.name in ASIDES else ():
            value = state[symbol, (holder, subject)]
            kind = (symbol.arguments[1], symbol.value)
            if showing(machine, subject, value, kind) is Showing.SHOWN:
                names = members(symbol.arguments[0])[holder], members(kind[0])[subject]
                words = ASIDES[symbol.name].format(*names, value=members(symbol.value)[value])
                found.append((lanes[symbol.arguments[0].name, holder], words))
    return tuple(found)


def changes(replay: Replay, index: int, lane: Lane, lanes: LaneAt) -> tuple[Change, ...]:
    """What step ``index`` (from 0), which happens at ``lane``, changed that is worth telling."""
    machine = replay.machine
    before, after = replay.states[index], replay.states[index + 1]
    pairs = zip(holdings(machine, before, lanes), holdings(machine, after, lanes), strict=True)
    found = [Change(new.lane, new.words, new) for old, new in pairs if old != new]
    states = lane_states(machine)
    for symbol, place, value in cells_changed(replay, index):
        members = machine.structure.members
        names = [members(s)[i] for s, i in zip(symbol.arguments, place, strict=True)]
        if symbol in states and (symbol.arguments[0].name, place[0]) in lanes:
            where = lanes[symbol.arguments[0].name, place[0]]
            # The event's own words say already what becomes of its own lane.
            if where != lane:
                found.append(Change(where, lane_state_words(symbol, value)))
        elif (words := note_words(symbol, names, value)) is not None:
            whose = [
                lanes[s.name, i]
                for s, i in zip(symbol.arguments, place, strict=True)
                if (s.name, i) in lanes
            ]
            found.append(Change(whose[0] if whose else lane, words))
    return tuple(found)


def cells_changed(replay: Replay, index: int) -> Iterator[tuple[Symbol, tuple[int, ...], str]]:
    """Every table cell that step ``index`` (from 0) changed, with its new value."""
    before, after = replay.states[index], replay.states[index + 1]
    for (symbol, place), value in after.items():
        if before[symbol, place] != value:
            yield symbol, place, replay.machine.structure.members(symbol.value)[value]
