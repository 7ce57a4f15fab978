"""Switches, and actions that need some and turn some: machines to try claims about endless runs on.

Each action is of a kind that says what may be assumed of it. Where an action turns a switch only if
another is on, what it does hangs on more than its guard.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from unsay.model.language import (
    Bool,
    Element,
    Fairness,
    Kind,
    Layer,
    Machine,
    RuleBuilder,
    Structure,
    all_of,
    compose,
    exists,
    forall,
    implies,
    leads_to,
)
from unsay.properties import Property, PropertyKind


class Switch(Element):
    """What is on or off. All are off in the beginning."""


class Label(Element):
    """Tells actions of one kind apart."""


panel: Layer[None] = Layer("panel", "Switches, and what turns them.")
on = panel.state("on", Switch, to=Bool, says="The switch is on.")
x, y = Switch.variables("x y")
KINDS = ("drift", "walk", "run", "slip")
TABLES: dict[str, dict[str, Any]] = {
    kind: {
        what: panel.rigid(f"{kind}_{what}", Label, *arguments, to=Bool, says="Of the action.")
        for what, arguments in {
            "there": (),
            "needs_on": (Switch,),
            "needs_off": (Switch,),
            "turns_on": (Switch,),
            "turns_off": (Switch,),
            "copies": (Switch, Switch),
        }.items()
    }
    for kind in KINDS
}
SIDES: dict[str, Any] = {
    side: panel.rigid(side, Switch, to=Bool, says="What the claim is about.")
    for side in ("if_on", "if_off", "then_on", "then_off")
}


def _action(rule: RuleBuilder[None], label: Label) -> None:
    table = TABLES[rule.name]
    rule.guard(there=table["there"][label])
    rule.guard(needed_on=forall(x, implies(table["needs_on"][label, x], on[x])))
    rule.guard(needed_off=forall(x, implies(table["needs_off"][label, x], ~on[x])))
    rule.update(on[x], to=True, each=x, where=table["turns_on"][label, x])
    rule.update(on[x], to=False, each=x, where=table["turns_off"][label, x])
    copied = exists(y, table["copies"][label, x, y])
    model = exists(y, table["copies"][label, x, y] & on[y])
    rule.update(on[x], to=model, each=x, where=copied)


@panel.rule(Kind.ACT, at="label")
def drift(rule: RuleBuilder[None], label: Label) -> None:
    """What nobody owes."""
    _action(rule, label)


@panel.rule(Kind.PROGRESS, at="label")
def walk(rule: RuleBuilder[None], label: Label) -> None:
    """A weakly fair action."""
    _action(rule, label)


@panel.rule(Kind.PROGRESS, at="label", fairness=Fairness.STRONG)
def run(rule: RuleBuilder[None], label: Label) -> None:
    """A strongly fair action."""
    _action(rule, label)


@panel.rule(Kind.FAULT, at="label")
def slip(rule: RuleBuilder[None], label: Label) -> None:
    """A fault."""
    _action(rule, label)


@dataclass(frozen=True)
class Action:
    """Which switches it needs on (True) and off, which it sets to what, which it copies whence."""

    kind: str
    needs: tuple[tuple[int, bool], ...] = ()
    turns: tuple[tuple[int, bool], ...] = ()
    copies: tuple[tuple[int, int], ...] = ()


WIRE, ACK, ACKED, DONE = range(4)
"""What four switches may be called."""

ON = True


def act(kind: str, needs: str, turns: str = "", copies: tuple[tuple[int, int], ...] = ()) -> Action:
    """``act("walk", "-wire -acked", "+wire")``: what it needs and what it turns, on and off."""
    names = ("wire", "ack", "acked", "done")

    def read(text: str) -> tuple[tuple[int, bool], ...]:
        return tuple((names.index(word[1:]), word[0] == "+") for word in text.split())

    return Action(kind, read(needs), read(turns), copies)


@dataclass(frozen=True)
class Panel:
    """Actions, and the claim that ``premise`` leads to ``conclusion``."""

    switches: int
    actions: tuple[Action, ...]
    premise: tuple[tuple[int, bool], ...] = ()
    conclusion: tuple[tuple[int, bool], ...] = ()
    faults_recur: bool = False

    def machine(self) -> Machine:
        """The machine of the panel."""
        labels = max([1, *(sum(a.kind == k for a in self.actions) for k in KINDS)])
        rigid = {}
        for kind, tables in TABLES.items():
            mine = [a for a in self.actions if a.kind == kind]
            says: dict[str, set[tuple[int, ...]]] = {
                "there": {(i,) for i in range(len(mine))},
                "needs_on": {(i, s) for i, a in enumerate(mine) for s, v in a.needs if v},
                "needs_off": {(i, s) for i, a in enumerate(mine) for s, v in a.needs if not v},
                "turns_on": {(i, s) for i, a in enumerate(mine) for s, v in a.turns if v},
                "turns_off": {(i, s) for i, a in enumerate(mine) for s, v in a.turns if not v},
                "copies": {(i, *pair) for i, a in enumerate(mine) for pair in a.copies},
            }
            sizes = {Label.sort: labels, Switch.sort: self.switches}
            for what, table in tables.items():
                places = itertools.product(*(range(sizes[s]) for s in table.symbol.arguments))
                rigid[table.symbol] = {place: int(place in says[what]) for place in places}
        for side, table in SIDES.items():
            wanted = self.premise if side.startswith("if") else self.conclusion
            chosen = {s for s, v in wanted if v is side.endswith("_on")}
            rigid[table.symbol] = {(s,): int(s in chosen) for s in range(self.switches)}
        elements = {
            Switch.sort: tuple(f"s{i}" for i in range(self.switches)),
            Label.sort: tuple(f"a{i}" for i in range(labels)),
        }
        structure = Structure(elements, rigid)
        return compose("panel", [panel], None, structure, faults_recur=self.faults_recur)


def _all(side: str) -> Bool:
    return all_of(
        forall(x, implies(SIDES[f"{side}_on"][x], on[x])),
        forall(x, implies(SIDES[f"{side}_off"][x], ~on[x])),
    )


one_leads_to_the_other = Property(
    name="one-leads-to-the-other",
    sentence="After some switches were so, some others are in the end so.",
    kind=PropertyKind.EVENTUALLY,
    formula=lambda machine: leads_to(_all("if"), _all("then")),
    witness=lambda machine: _all("if"),
    witness_sentence="some switches are so",
)


@st.composite
def panels(draw: st.DrawFn, switches: int = 4, actions: int = 6) -> Panel:
    """Few switches and few actions of all kinds; many of these machines come to no rest."""

    def some(most: int, least: int = 0) -> tuple[tuple[int, bool], ...]:
        chosen: Sequence[int] = draw(
            st.lists(st.integers(0, switches - 1), unique=True, min_size=least, max_size=most)
        )
        return tuple((s, draw(st.booleans())) for s in chosen)

    def action() -> Action:
        kind = draw(st.sampled_from(("walk", "run", "walk", "run", "walk", "drift", "slip")))
        pairs = st.tuples(st.integers(0, switches - 1), st.integers(0, switches - 1))
        copies = draw(st.lists(pairs, max_size=1)) if draw(st.integers(0, 3)) == 0 else []
        needs, turns = some(2, 1), some(2)
        if draw(st.integers(0, 5)):  # most actions end what they need, as real ones do
            turns = tuple(dict([*turns, (needs[0][0], not needs[0][1])]).items())
        return Action(kind, needs, turns, tuple(copies))

    made = tuple(action() for _ in range(draw(st.integers(1, actions))))
    return Panel(switches, made, some(2), some(2), draw(st.integers(0, 3)) == 0)


all_runs_stop = Property(
    name="all-runs-stop",
    sentence="The moment comes when nothing that fairness asks for is possible.",
    kind=PropertyKind.EVENTUALLY,
    formula=lambda machine: leads_to(all_of(), machine.at_a_standstill()),
    witness=lambda machine: all_of(),
    witness_sentence="anything",
)
