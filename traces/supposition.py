"""What has to be said of a run whose first state is merely supposed, in words and in pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from unsay.engines.proof.sentences import instance, sentence
from unsay.engines.run import Replay
from unsay.model.language.terms import (
    BOOL,
    Read,
    Term,
    Variable,
    children,
    rebuilt,
    symbols,
)
from unsay.model.readings.reference import Moment, Reference
from unsay.properties import PropertyKind
from unsay.traces.blame import broken_at, broken_part
from unsay.traces.compared import Compared
from unsay.traces.facts import Fact, facts, new_facts, rigid_words, table_words
from unsay.traces.lanes import lanes_of

BROKEN_LABELS = ("What breaks", "That is, what does not hold")
"""What stands before each of ``broken_words``."""

_OF_A_STEP = (
    "The state before the step may not be reachable: nobody says that a run of the design leads "
    "to it. No lemma was found that excludes it, and one step from it breaks the claim. That is "
    "why there is no proof."
)
_OF_A_STATE = (
    "This state may not be reachable: nobody says that a run of the design leads to it. No lemma "
    "was found that excludes it, and the claim does not hold in it. That is why there is no proof."
)


@dataclass(frozen=True)
class Supposition:
    """A state that may not be reachable, and what the step from it does, if there is one.

    Attributes:
        before: What is not as at the start, before the step; nothing where there is none.
        after: The same after the step; what it changed stands apart.
        network: What the network is like, as far as step and claim look at it.
        marked: The words of what the step changed and the claim looks at.
        means: What the tables that are named mean, by their names.
    """

    before: tuple[Fact, ...]
    after: tuple[Fact, ...]
    network: tuple[str, ...]
    marked: frozenset[str]
    means: Mapping[str, str]


def caption(replay: Replay) -> str:
    """What a picture of ``replay``, a supposed state and mostly a step from it, is not."""
    return _OF_A_STEP if replay.steps else _OF_A_STATE


def supposed(replay: Replay) -> Supposition | None:
    """What a picture of ``replay`` has to spell out if its first state is merely supposed."""
    if not replay.supposed or not (replay.steps or replay.broken):
        return None
    machine = replay.machine
    at = {(lane.sort.name, lane.position): lane for lane in lanes_of(machine)}
    first = facts(machine, replay.states[0], at)
    before, after = (first, new_facts(replay, 0, at)) if replay.steps else ((), first)
    read = symbols(replay.property.claim(machine)) if replay.property else set()
    rigid = rigid_words(machine, (replay.rule(0).tables if replay.steps else set()) | read)
    named = dict.fromkeys([*(f.symbol for f in (*before, *after)), *rigid])
    means = {str(s) if s in rigid else table_words(s): s.says for s in named}
    marked = frozenset(f.words for f in after if f.changed and f.symbol in read)
    return Supposition(before, after, tuple(rigid.values()), marked, means)


def broken_words(replay: Replay) -> tuple[str, ...]:
    """Which part of the claim is broken, and what it says of the members at which it is.

    Empty for claims about steps: what these say of a rule's effect is no line for people.
    """
    claim = replay.property
    if claim is None or claim.kind is not PropertyKind.ALWAYS or not replay.broken:
        return ()
    machine, part = replay.machine, broken_part(replay)
    values = dict(broken_at(replay))
    told = _told(part, Reference(machine), values)
    names = {v: machine.structure.members(v.of)[i] for v, i in values.items()}
    return (sentence(part, machine), instance(told, machine, names))


def _told(term: Term, reference: Reference, values: dict[Variable, int]) -> Term:
    """``term`` with the members that rigid tables name in place of reading them.

    ``values`` gets a variable for each such member.
    """
    told = rebuilt(term, tuple(_told(child, reference, values) for child in children(term)))
    if not isinstance(told, Read) or told.symbol.role != "rigid" or told.sort == BOOL:
        return told
    if not all(isinstance(a, Variable) and a in values for a in told.arguments):
        return told
    member = Variable(str(told), told.sort)
    values[member] = reference.value(told, values, Moment({}))
    return member


def difference_words(replay: Replay, ways: Compared) -> tuple[str, ...]:
    """Where the ends of the ways differ: ``newest of B, m1: v1 if ..., none if ...``."""
    members = replay.machine.structure.members
    found = []
    for d in ways.differences:
        names = [members(s)[i] for s, i in zip(d.symbol.arguments, d.place, strict=True)]
        ends = (f"{v} after “{w.says}”" for v, w in zip(d.values, ways.ways, strict=True))
        found.append(f"{d.symbol}[{', '.join(names)}] is {', but '.join(ends)}")
    return tuple(found)
