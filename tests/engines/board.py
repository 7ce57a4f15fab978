"""A piece on a board, and what it does in the end: machines small enough to think through.

The board says which moves there are; each is of a kind that says what may be assumed of it. The
oracle knows the definition only: a run that never ends takes some moves again and again, and any
set of moves that hangs together can be that set. It tries them all.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from unsay.model.language import (
    Bool,
    Element,
    Fairness,
    Kind,
    Layer,
    Machine,
    Ordered,
    RuleBuilder,
    Structure,
    compose,
    exists,
    forall,
    leads_to,
)
from unsay.properties import Property, PropertyKind

PLACES = 4


class Piece(Element):
    """What is moved."""


class Place(Ordered):
    """Where it may stand. It starts at the least."""


class Label(Element):
    """Tells moves of one kind apart."""


board: Layer[None] = Layer("board", "A piece, and the moves that a board allows.")
stands = board.state("stands", Piece, to=Place, says="Where the piece stands.")
visited = board.history("visited", Piece, Place, to=Bool, says="The piece has been there.")
red = board.rigid("red", Place, to=Bool, says="The place is red.")
green = board.rigid("green", Place, to=Bool, says="The place is green.")
x = Piece.variable("x")
p = Place.variable("p")

may_drift = board.rigid("may_drift", Label, Place, to=Bool, says="A move that nobody owes.")
may_walk = board.rigid("may_walk", Label, Place, to=Bool, says="A weakly fair move.")
may_run = board.rigid("may_run", Label, Place, to=Bool, says="A strongly fair move.")
may_slip = board.rigid("may_slip", Label, Place, to=Bool, says="A fault.")
drifts = board.rigid("drifts", Label, Place, to=Place, says="Where it drifts to.")
walks = board.rigid("walks", Label, Place, to=Place, says="Where it walks to.")
runs = board.rigid("runs", Label, Place, to=Place, says="Where it runs to.")
slips = board.rigid("slips", Label, Place, to=Place, says="Where it slips to.")
TABLES = {
    "drift": (may_drift, drifts),
    "walk": (may_walk, walks),
    "run": (may_run, runs),
    "slip": (may_slip, slips),
}


def _move(rule: RuleBuilder[None], label: Label, y: Piece) -> None:
    may, leads = TABLES[rule.name]
    rule.guard(allowed=may[label, stands[y]])
    rule.update(stands[y], to=leads[label, stands[y]])
    rule.update(visited[y, leads[label, stands[y]]], to=True)


@board.rule(Kind.ACT, at="y")
def drift(rule: RuleBuilder[None], label: Label, y: Piece) -> None:
    """The piece y makes a move, labelled so, that nobody owes."""
    _move(rule, label, y)


@board.rule(Kind.PROGRESS, at="y")
def walk(rule: RuleBuilder[None], label: Label, y: Piece) -> None:
    """The piece y makes a weakly fair move, labelled so."""
    _move(rule, label, y)


@board.rule(Kind.PROGRESS, at="y", fairness=Fairness.STRONG)
def run(rule: RuleBuilder[None], label: Label, y: Piece) -> None:
    """The piece y makes a strongly fair move, labelled so."""
    _move(rule, label, y)


@board.rule(Kind.FAULT, at="y")
def slip(rule: RuleBuilder[None], label: Label, y: Piece) -> None:
    """The piece y slips, labelled so."""
    _move(rule, label, y)


@dataclass(frozen=True)
class Move:
    """One move: of which kind, under which label (0 or 1), from where to where."""

    kind: str
    label: int
    source: int
    target: int

    @property
    def action(self) -> tuple[str, int]:
        """The rule at its arguments that makes the move."""
        return self.kind, self.label


def moves(text: str) -> tuple[Move, ...]:
    """``walk a 0-1`` and so on, separated by semicolons."""
    found = []
    for part in text.split(";"):
        kind, label, way = part.split()
        source, target = way.split("-")
        found.append(Move(kind, "ab".index(label), int(source), int(target)))
    return tuple(found)


@dataclass(frozen=True)
class Board:
    """Moves, and which places are red and green; claims say that red leads to green."""

    moves: tuple[Move, ...]
    red: frozenset[int]
    green: frozenset[int]
    faults_recur: bool = False

    def machine(self) -> Machine:
        """The machine of the board."""
        places = range(PLACES)
        rigid = {
            red.symbol: {(i,): int(i in self.red) for i in places},
            green.symbol: {(i,): int(i in self.green) for i in places},
        }
        for kind, (may, leads) in TABLES.items():
            mine = {(m.label, m.source): m.target for m in self.moves if m.kind == kind}
            spots = list(itertools.product(range(2), places))
            rigid[may.symbol] = {spot: int(spot in mine) for spot in spots}
            rigid[leads.symbol] = {spot: mine.get(spot, 0) for spot in spots}
        elements = {
            Piece.sort: ("pawn",),
            Place.sort: tuple(f"p{i}" for i in places),
            Label.sort: ("a", "b"),
        }
        structure = Structure(elements, rigid)
        return compose("board", [board], None, structure, faults_recur=self.faults_recur)


red_leads_to_green = Property(
    name="red-leads-to-green",
    sentence="From a red place the piece comes to a green one in the end.",
    kind=PropertyKind.EVENTUALLY,
    formula=lambda machine: forall(x, leads_to(red[stands[x]], green[stands[x]])),
    witness=lambda machine: exists(x, red[stands[x]]),
    witness_sentence="the piece is at a red place",
)


red_leads_everywhere = Property(
    name="red-leads-everywhere",
    sentence="From a red place the piece has been at every place in the end.",
    kind=PropertyKind.EVENTUALLY,
    formula=lambda machine: forall((x, p), leads_to(red[stands[x]], visited[x, p])),
    witness=lambda machine: exists(x, red[stands[x]]),
    witness_sentence="the piece is at a red place",
)


def shortest_stem(b: Board) -> int | None:
    """How far it is to where a run against the claim may begin to repeat, by the definition.

    None if there is no such run.
    """
    ends = {place for part in _repeated(b) for place in part}
    distance = {(0, False): 0}
    layer = [(0, False)]
    while layer:
        for place, bound in list(layer):
            if not bound and place in b.red - b.green and (place, True) not in distance:
                distance[place, True] = distance[place, bound]
                layer.append((place, True))
        following = []
        for place, bound in layer:
            for move in b.moves:
                after = (move.target, bound)
                allowed = not bound or move.target not in b.green
                if move.source == place and allowed and after not in distance:
                    distance[after] = distance[place, bound] + 1
                    following.append(after)
        layer = following
    found = [d for (place, bound), d in distance.items() if bound and place in ends]
    return min(found, default=None)


def _repeated(b: Board) -> Iterator[Collection[int]]:
    """The places of every set of moves that a fair run may take again and again off green."""
    owed = {m.action for m in b.moves if m.kind in ("walk", "run")}
    for place in range(PLACES):
        if place not in b.green and not any(
            m.source == place and m.action in owed for m in b.moves
        ):
            yield [place]
    usable = [
        m
        for m in b.moves
        if not {m.source, m.target} & b.green and (b.faults_recur or m.kind != "slip")
    ]
    for size in range(1, len(usable) + 1):
        for moves in itertools.combinations(usable, size):
            if _hangs_together(moves) and _fair(b, moves):
                yield {m.source for m in moves}


def _hangs_together(moves: Sequence[Move]) -> bool:
    """Whether the moves are those of a round trip."""
    places = {m.source for m in moves} | {m.target for m in moves}
    return all(_reached(place, moves) == places for place in places)


def _reached(start: int, moves: Iterable[Move]) -> set[int]:
    reached: set[int] = set()
    grown = {m.target for m in moves if m.source == start}
    while grown - reached:
        reached |= grown
        grown = {m.target for m in moves if m.source in reached}
    return reached


def _fair(b: Board, moves: Sequence[Move]) -> bool:
    places = {m.source for m in moves}
    for kind, label in {m.action for m in b.moves} - {m.action for m in moves}:
        possible = {m.source for m in b.moves if m.action == (kind, label)}
        if kind == "walk" and places <= possible:
            return False
        if kind == "run" and places & possible:
            return False
    return True
