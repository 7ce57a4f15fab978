"""A tiny vocabulary of cups, and its machines under all readings, over all of their states.

Nothing here knows about recall: what the language means is tested on tables small enough for
every valuation of their cells to be tried.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import pytest
import z3

from unsay.model.language import (
    Bool,
    Choice,
    Element,
    Kind,
    Layer,
    Machine,
    ModelError,
    Ordered,
    Rule,
    RuleBuilder,
    Structure,
    Symbol,
    Term,
    compose,
)
from unsay.model.readings.compiled import Program, compile_machine
from unsay.model.readings.reference import Moment, Reference, State
from unsay.model.readings.smt import FixedSize
from unsay.model.readings.smt import Moment as Z3Moment
from unsay.model.readings.symbolic import Diagram, Symbolic, is_empty

CupRule = RuleBuilder[None]
Action = tuple[str, tuple[int, ...]]
Steps = dict[Action, State]
Asked = Callable[["Cup"], Bool]


class Cup(Element):
    """A cup on the table."""


class Person(Element):
    """Somebody who drinks."""


class Level(Ordered):
    """How full a cup is."""


class Colour(Choice):
    """What a cup is painted in."""

    red: ClassVar[Colour]
    green: ClassVar[Colour]
    blue: ClassVar[Colour]


cups: Layer[None] = Layer("cups", "Cups, how full they are, and whether they are clean.")
partner = cups.rigid("partner", Cup, to=Cup, says="The cup that stands next to the cup.")
mark = cups.rigid("mark", Cup, to=Level, says="The level at which the cup has its mark.")
near = cups.rigid("near", Cup, Cup, to=Bool, says="The second cup is within reach of the first.")
level = cups.state("level", Cup, to=Level, says="How full the cup is.")
clean = cups.state("clean", Cup, to=Bool, says="The cup is clean.")

paints: Layer[None] = Layer("paints", "Colours of cups, and how much of each colour is left.")
paint = paints.state("paint", Cup, to=Colour, initially=Colour.green, says="The cup's colour.")
tint = paints.state("tint", Colour, to=Level, says="How much of the colour is left.")

rounds: Layer[None] = Layer("rounds", "Who has had which level.")
poured = rounds.state("poured", Cup, Level, to=Bool, says="The cup has been filled to the level.")

past: Layer[None] = Layer("past", "What is only remembered.")
touched = past.history("touched", Cup, Cup, to=Bool, says="The first cup touched the second.")

c, d, e = Cup.variables("c d e")
lv, mv = Level.variables("lv mv")
k = Colour.variable("k")

anything: Layer[None] = Layer("anything", "Each cell of a cup takes each of its values.")
any_paint: Layer[None] = Layer("any paint", "Each cell of a paint takes each of its values.")
any_round: Layer[None] = Layer("any round", "Each cell of a round takes each of its values.")


@anything.rule(Kind.ACT, at="c")
def pour(rule: CupRule, c: Cup, lv: Level) -> None:
    """Cup c is filled to level lv."""
    rule.guard(another=level[c] != lv)
    rule.update(level[c], to=lv)


@anything.rule(Kind.PROGRESS, at="c")
def wipe(rule: CupRule, c: Cup) -> None:
    """Cup c is cleaned, or soiled."""
    rule.guard(any_time=level[c] >= Level.least())
    rule.update(clean[c], to=~clean[c])


@any_paint.rule(Kind.ACT, at="c")
def dip(rule: CupRule, c: Cup, k: Colour) -> None:
    """Cup c is painted in colour k."""
    rule.guard(another=paint[c] != k)
    rule.update(paint[c], to=k)


@any_paint.rule(Kind.ACT, at="k")
def mix(rule: CupRule, k: Colour, lv: Level) -> None:
    """Colour k is filled up, or used, to level lv."""
    rule.guard(another=tint[k] != lv)
    rule.update(tint[k], to=lv)


@any_round.rule(Kind.ACT, at="c")
def strike(rule: CupRule, c: Cup, lv: Level) -> None:
    """The row of cup c and level lv changes."""
    rule.guard(now_or_not=poured[c, lv] | ~poured[c, lv])
    rule.update(poured[c, lv], to=~poured[c, lv])


def built(function: Callable[..., None], at: str = "c") -> Rule:
    """The rule that a rule function states."""
    layer: Layer[None] = Layer("bench", "The rule under test.")
    layer.rule(Kind.ACT, at=at)(function)
    (rule,) = layer.rules_for(None)
    return rule


def refusal(attempt: Callable[[], object]) -> str:
    """The line with which ``attempt`` is refused."""
    with pytest.raises(ModelError) as caught:
        attempt()
    return str(caught.value)


PARTNER: dict[tuple[int, ...], int] = {(0,): 1, (1,): 0}
MARK: dict[tuple[int, ...], int] = {(0,): 1, (1,): 2}
NEAR: dict[tuple[int, ...], int] = {(0, 0): 0, (0, 1): 1, (1, 0): 0, (1, 1): 1}
LEVELS = ("empty", "half", "full")
TWO_CUPS = Structure(
    {Cup.sort: ("left", "right"), Level.sort: LEVELS},
    {partner.symbol: PARTNER, mark.symbol: MARK, near.symbol: NEAR},
)
"""Thirty-six states of ``level`` and ``clean``."""
ONE_CUP = Structure({Cup.sort: ("left",), Level.sort: LEVELS}, {})
"""Eighty-one states of ``paint`` and ``tint``."""
TWO_LEVELS = Structure({Cup.sort: ("left", "right"), Level.sort: ("empty", "full")}, {})
"""Sixteen states of ``poured``."""


@dataclass(frozen=True)
class Look:
    """A state as a plain reader sees it: positions in their sorts, truths as 0 and 1."""

    state: State

    def level(self, cup: int) -> int:
        return self.state[level.symbol, (cup,)]

    def clean(self, cup: int) -> int:
        return self.state[clean.symbol, (cup,)]

    def paint(self, cup: int) -> int:
        return self.state[paint.symbol, (cup,)]

    def tint(self, colour: int) -> int:
        return self.state[tint.symbol, (colour,)]

    def poured(self, cup: int, lv: int) -> int:
        return self.state[poured.symbol, (cup, lv)]


class Bench:
    """One machine under all readings, and all valuations of its cells."""

    def __init__(
        self,
        layers: Sequence[Layer[None]],
        structure: Structure = TWO_CUPS,
        keep: Iterable[Symbol] | None = None,
    ) -> None:
        self.machine: Machine = compose("cups", layers, None, structure)
        kept = {s for s in self.machine.symbols if s.role == "history"} if keep is None else keep
        self.program: Program = compile_machine(self.machine, kept)
        self.reference = Reference(self.machine, kept)
        self.smt = FixedSize(self.machine, kept)
        self.symbolic = Symbolic(self.program.ground, memory_mib=16)
        self.now, self.after = self.smt.constants(0), self.smt.constants(1)

    def states(self) -> Iterator[State]:
        """Every valuation of the cells, reachable or not; the compiled reading must know all."""
        ground = self.program.ground
        cells = ground.grounder.cells
        sizes = [ground.grounder.size(i) for i in range(len(cells))]
        assert [len(ground.domains[i]) for i in range(len(cells))] == sizes
        for values in itertools.product(*map(range, sizes)):
            yield {(cell.symbol, cell.arguments): v for cell, v in zip(cells, values, strict=True)}

    def packed(self, state: State) -> int:
        cells = self.program.ground.grounder.cells
        return self.program.packing.pack([state[c.symbol, c.arguments] for c in cells])

    def unpacked(self, packed: int) -> State:
        cells = self.program.ground.grounder.cells
        values = self.program.packing.unpack(packed)
        return {(c.symbol, c.arguments): v for c, v in zip(cells, values, strict=True)}

    def steps(self, state: State, *names: str) -> dict[str, Steps]:
        """The steps of the rules of these names out of ``state``, by reading."""
        return {
            "compiled": self._compiled_steps(state, names),
            "reference": self._reference_steps(state, names),
            "fixed size": self._z3_steps(state, names),
            "sets": self._set_steps(state, names),
        }

    def _compiled_steps(self, state: State, names: Sequence[str]) -> Steps:
        found: Steps = {}
        for number, after in self.program.successors(self.packed(state)):
            action = self.program.actions[number]
            if action.rule.name in names:
                found[action.rule.name, action.arguments] = self.unpacked(after)
        return found

    def _reference_steps(self, state: State, names: Sequence[str]) -> Steps:
        return {
            (name, arguments): self.reference.step(self.machine.rule(name), arguments, state)
            for name in names
            for arguments in self.reference.instances(self.machine.rule(name))
            if not self.reference.blocked_by(self.machine.rule(name), arguments, state)
        }

    def _set_steps(self, state: State, names: Sequence[str]) -> Steps:
        found: Steps = {}
        cells = self.program.ground.grounder.cells
        here = self._set(state)
        for number, action in enumerate(self.program.actions):
            values = self.symbolic.some_state(self.symbolic.image(here, number))
            if action.rule.name in names and values is not None:
                after = self.symbolic.exactly(values)
                assert self.symbolic.image(here, number) == after
                assert not is_empty(here & self.symbolic.preimage(after, number))
                pairs = zip(cells, values, strict=True)
                found[action.rule.name, action.arguments] = {
                    (c.symbol, c.arguments): v for c, v in pairs
                }
        return found

    def _set(self, state: State) -> Diagram:
        cells = self.program.ground.grounder.cells
        return self.symbolic.exactly([state[c.symbol, c.arguments] for c in cells])

    def _z3_steps(self, state: State, names: Sequence[str]) -> Steps:
        found: Steps = {}
        for (name, arguments), (guard, writes) in self._z3_rules.items():
            if name in names and self._z3_number(guard, state):
                written = {place: self._z3_number(v, state) for place, v in writes.items()}
                found[name, arguments] = {**state, **written}
        return found

    @cached_property
    def _z3_rules(self) -> dict[Action, tuple[Any, dict[Any, Any]]]:
        return {
            (r.name, a): (self.smt.guard(r, a, self.now), self.smt.writes(r, a, self.now))
            for r in self.machine.rules
            for a in self.smt.instances(r)
        }

    def truths(self, term: Term) -> Iterator[tuple[State, dict[str, bool]]]:
        """The truth of a closed formula in every state, by reading."""
        compiled = self.program.predicate(term)
        symbolic = self.smt.value(term, {}, Z3Moment(self.now))
        where = self.symbolic.formula(self.program.ground.property_formula(term))
        for state in self.states():
            yield (
                state,
                {
                    "compiled": compiled(self.packed(state)),
                    "reference": self.reference.holds(term, state),
                    "fixed size": bool(self._z3_number(symbolic, state)),
                    "sets": not is_empty(where & self._set(state)),
                },
            )

    def step_truths(self, term: Term) -> Iterator[tuple[State, Action, State, dict[str, bool]]]:
        """The truth of a closed step formula in every step out of every state, by reading."""
        compiled = self.program.step_predicate(term)
        actions = [(a.rule.name, a.arguments) for a in self.program.actions]
        formula = self.program.ground.property_formula(term)
        wheres = [self.symbolic.step_formula(formula, n) for n in range(len(actions))]
        taken = {a: z3.Bool(f"taken {a}") for a in actions}
        symbolic = self.smt.value(term, {}, Z3Moment(self.now, self.after, taken))
        for before in self.states():
            for number, packed in self.program.successors(self.packed(before)):
                after = self.unpacked(packed)
                name, arguments = actions[number]
                rule = self.machine.rule(name)
                chosen = [(b, z3.BoolVal(a == actions[number])) for a, b in taken.items()]
                moment = Moment(before, after, name, arguments)
                assert self.reference.holds_at_step(term, before, rule, arguments, after) == bool(
                    self.reference.value(term, {}, moment)
                )
                found = {
                    "compiled": compiled(self.packed(before), number, packed),
                    "reference": bool(self.reference.value(term, {}, moment)),
                    "fixed size": bool(self._z3_number(symbolic, before, after, chosen)),
                    "sets": not is_empty(wheres[number] & self._set(before)),
                }
                yield before, actions[number], after, found

    def _z3_number(
        self, value: Any, state: State, after: State | None = None, more: Sequence[Any] = ()
    ) -> int:
        pairs = [(self.now[p], self.smt.constant(v, p[0].value)) for p, v in state.items()]
        for place, v in (after or {}).items():
            pairs.append((self.after[place], self.smt.constant(v, place[0].value)))
        found = z3.simplify(z3.substitute(value, *pairs, *more))
        return int(z3.is_true(found)) if z3.is_bool(found) else int(found.as_long())
