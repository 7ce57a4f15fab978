"""Grounding: a machine at a design's scope, with every quantifier and parameter spelt out.

Grounding knows the language and the structure, and nothing about recall. Its result is exact:
cells, actions (rules at arguments), guards and assignments as ground formulas.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from unsay.model.language import Machine, Structure
from unsay.model.language.rules import Rule
from unsay.model.language.terms import (
    And,
    Before,
    Equal,
    Exists,
    ForAll,
    IfThenElse,
    LeadsTo,
    Least,
    Literal,
    ModelError,
    Next,
    Not,
    Or,
    Read,
    Symbol,
    Taken,
    Term,
    Variable,
)
from unsay.model.readings.formulas import (
    Cases,
    Formula,
    In,
    cells_of,
    conjunction,
    disjunction,
    evaluate,
    negation,
    within,
)

Environment = Mapping[Variable, int]


def unhurried() -> None:
    """Never stops the work."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One state variable: a table at fixed arguments (positions in their sorts)."""

    symbol: Symbol
    arguments: tuple[int, ...]


Assignments = Mapping[int, tuple[tuple[Formula, int], ...]]
"""For each written cell, alternatives (condition, value), tried in order; none keeps the value."""


@dataclass(frozen=True)
class Action:
    """A rule at fixed arguments."""

    rule: Rule
    arguments: tuple[int, ...]
    guards: tuple[tuple[str, Formula], ...]
    assignments: Assignments

    @property
    def guard(self) -> Formula:
        """All guards at once."""
        return conjunction(g for _, g in self.guards)


def conditions(assignments: Assignments) -> set[int]:
    """The cells that decide what ``assignments`` write."""
    found: set[int] = set()
    for options in assignments.values():
        found.update(*(cells_of(condition) for condition, _ in options))
    return found


def reads(action: Action) -> set[int]:
    """The cells that decide whether ``action`` can happen and what it writes."""
    return cells_of(action.guard) | conditions(action.assignments)


def writes(action: Action) -> set[int]:
    """The cells that ``action`` may change."""
    return set(action.assignments)


class Grounder:
    """Grounds terms over one structure.

    Cells are numbered from 0; the cells of the next state follow, and one last pseudo-cell holds
    the number of the action taken, so that step properties are ordinary ground formulas.
    """

    def __init__(self, structure: Structure, symbols: Collection[Symbol]) -> None:
        self.structure = structure
        self.symbols = frozenset(s for s in symbols if s.role != "rigid")
        self.cells: list[Cell] = []
        self.number: dict[tuple[Symbol, tuple[int, ...]], int] = {}
        for symbol in symbols:
            if symbol not in self.symbols:
                continue
            for arguments in structure.cells(symbol):
                self.number[symbol, arguments] = len(self.cells)
                self.cells.append(Cell(symbol, arguments))
        self.actions: list[tuple[str, tuple[int, ...]]] = []
        self._held: dict[int, Cases] = {}

    @property
    def action_cell(self) -> int:
        """The number of the pseudo-cell that holds the action taken."""
        return 2 * len(self.cells)

    def size(self, cell: int) -> int:
        """How many values cell number ``cell`` can hold."""
        if cell == self.action_cell:
            return len(self.actions)
        return len(self.structure.members(self.cells[cell % len(self.cells)].symbol.value))

    def formula(self, term: Term, env: Environment, ahead: bool = False) -> Formula:
        """The ground formula of ``term``; ``ahead`` reads the state after the step."""
        match term:
            case Read(symbol, arguments):  # the most common, so it comes first
                read = self._read(symbol, arguments, env, ahead)
                return disjunction(c for value, c in read if value)
            case Not(body):
                return negation(self.formula(body, env, ahead), self.size)
            case And(parts):
                return conjunction(self.formula(p, env, ahead) for p in parts)
            case Or(parts):
                return disjunction(self.formula(p, env, ahead) for p in parts)
            case ForAll(variables, body):
                return conjunction(
                    self.formula(body, e, ahead) for e in self.bindings(variables, env)
                )
            case Exists(variables, body):
                return disjunction(
                    self.formula(body, e, ahead) for e in self.bindings(variables, env)
                )
            case Next(body):
                return self.formula(body, env, ahead=True)
            case Taken(rule, arguments):
                return self._taken(rule, arguments, env)
            case Equal(left, right):
                return self._compare(left, right, env, ahead, lambda a, b: a == b)
            case Before(left, right):
                return self._compare(left, right, env, ahead, lambda a, b: a < b)
            case LeadsTo():
                raise ModelError(f"'{term}' has no value in a single state")
        return disjunction(c for value, c in self.cases(term, env, ahead) if value)

    def cases(self, term: Term, env: Environment, ahead: bool = False) -> Cases:
        """The alternatives of a term's value, as positions in its sort."""
        match term:
            case Variable():
                return ((env[term], True),)
            case Literal(name, sort):
                return ((sort.literals.index(name), True),)
            case Least():
                return ((0, True),)
            case Next(body) if term.sort.name != "Bool":
                return self.cases(body, env, ahead=True)
            case Read(symbol, arguments):
                return self._read(symbol, arguments, env, ahead)
            case IfThenElse(condition, then, otherwise):
                holds = self.formula(condition, env, ahead)
                fails = negation(holds, self.size)
                return _merged(
                    [(v, conjunction((holds, c))) for v, c in self.cases(then, env, ahead)]
                    + [(v, conjunction((fails, c))) for v, c in self.cases(otherwise, env, ahead)]
                )
        holds = self.formula(term, env, ahead)
        return _merged([(1, holds), (0, negation(holds, self.size))])

    def bindings(
        self, variables: tuple[Variable, ...], env: Environment
    ) -> Iterable[dict[Variable, int]]:
        """``env`` extended by every choice of values for ``variables``."""
        ranges = [range(len(self.structure.members(v.of))) for v in variables]
        for values in itertools.product(*ranges):
            yield {**env, **dict(zip(variables, values, strict=True))}

    def arguments(
        self, terms: tuple[Term, ...], env: Environment, ahead: bool
    ) -> list[tuple[tuple[int, ...], Formula]]:
        """Every tuple of values that ``terms`` can take, with its condition."""
        options = [self.cases(t, env, ahead) for t in terms]
        if all(len(o) == 1 for o in options):  # fixed by the design: by far the most common
            return [(tuple([o[0][0] for o in options]), conjunction([o[0][1] for o in options]))]
        found: list[tuple[tuple[int, ...], Formula]] = []
        for choice in itertools.product(*options):
            condition = conjunction(c for _, c in choice)
            if condition is not False:
                found.append((tuple(v for v, _ in choice), condition))
        return found

    def _read(
        self, symbol: Symbol, arguments: tuple[Term, ...], env: Environment, ahead: bool
    ) -> Cases:
        found: list[tuple[int, Formula]] = []
        places = self.arguments(arguments, env, ahead)
        if len(places) == 1 and symbol.role == "rigid":
            return ((self.structure.rigid[symbol][places[0][0]], places[0][1]),)
        for values, condition in places:
            if symbol.role == "rigid":
                found.append((self.structure.rigid[symbol][values], condition))
                continue
            cell = self.number.get((symbol, values))
            if cell is None:
                raise ModelError(f"table {symbol} is not part of this machine")
            held = self._holding(cell + len(self.cells) if ahead else cell)
            if condition is True and len(places) == 1:
                return held
            found += [(v, conjunction((condition, c))) for v, c in held]
        return _merged(found)

    def _holding(self, cell: int) -> Cases:
        """The alternatives of what ``cell`` holds."""
        if cell not in self._held:
            self._held[cell] = tuple((v, In(cell, frozenset([v]))) for v in range(self.size(cell)))
        return self._held[cell]

    def _compare(
        self,
        left: Term,
        right: Term,
        env: Environment,
        ahead: bool,
        test: Callable[[int, int], bool],
    ) -> Formula:
        others = self.cases(right, env, ahead)
        return disjunction(
            conjunction((c, d))
            for a, c in self.cases(left, env, ahead)
            for b, d in others
            if test(a, b)
        )

    def _taken(self, rule: str, arguments: tuple[Term, ...], env: Environment) -> Formula:
        parts = []
        for values, condition in self.arguments(arguments, env, False):
            if numbers := frozenset(i for i, a in enumerate(self.actions) if a == (rule, values)):
                parts.append(conjunction((condition, In(self.action_cell, numbers))))
        return disjunction(parts)


def _merged(cases: list[tuple[int, Formula]]) -> Cases:
    by_value: dict[int, list[Formula]] = {}
    for value, condition in cases:
        by_value.setdefault(value, []).append(condition)
    merged = ((v, disjunction(cs)) for v, cs in sorted(by_value.items()))
    return tuple((v, c) for v, c in merged if c is not False)


def ground_rule(
    grounder: Grounder, rule: Rule, pause: Callable[[], None] = unhurried
) -> list[Action]:
    """Every action of ``rule`` whose guard some state could satisfy."""
    found = []
    for env in grounder.bindings(rule.parameters, {}):
        pause()
        guards = tuple((g.name, grounder.formula(g.condition, env)) for g in rule.guards)
        if conjunction(g for _, g in guards) is False:
            continue
        arguments = tuple(env[p] for p in rule.parameters)
        found.append(Action(rule, arguments, guards, _assignments(grounder, rule, env)))
    return found


def _assignments(
    grounder: Grounder, rule: Rule, env: Environment
) -> dict[int, tuple[tuple[Formula, int], ...]]:
    """What a rule writes. The later update of a cell counts, so it is tried first."""
    written: dict[int, list[tuple[Formula, int]]] = {}
    for update in reversed(rule.updates):
        # History that no property asks for is not kept, and may read other history.
        if update.symbol not in grounder.symbols:
            continue
        for inner in grounder.bindings(update.each, env):
            where = grounder.formula(update.where, inner)
            if where is False:
                continue
            for place, condition in grounder.arguments(update.arguments, inner, False):
                if update.symbol.role == "rigid":
                    raise ModelError(f"rule {rule.name}: {update.symbol} is rigid")
                cell = grounder.number[update.symbol, place]
                for value, chosen in grounder.cases(update.value, inner):
                    when = conjunction((where, condition, chosen))
                    if when is not False:
                        written.setdefault(cell, []).append((when, value))
    return {cell: tuple(options) for cell, options in written.items()}


@dataclass(frozen=True)
class Ground:
    """A machine at its scope: cells with the values they can ever hold, and actions.

    ``domains`` over-approximates the reachable values of each cell (a fixpoint over the actions
    that ignores how cells relate); it is what lets an engine leave out what cannot change.
    """

    machine: Machine
    grounder: Grounder
    actions: tuple[Action, ...]
    initial: tuple[int, ...]
    domains: Mapping[int, frozenset[int]]

    def property_formula(self, term: Term, env: Environment = MappingProxyType({})) -> Formula:
        """The ground formula of a property, closed or with ``env`` for its free variables."""
        return within(self.grounder.formula(term, env), self.domains)


def ground(
    machine: Machine, keep: Iterable[Symbol] = (), pause: Callable[[], None] = unhurried
) -> Ground:
    """Ground ``machine``, with the history tables in ``keep`` and no others.

    History cannot influence the machine, so leaving out what no property reads changes no
    verdict. ``pause`` is called again and again; what it raises ends the work.
    """
    wanted = set(keep)
    symbols = [s for s in machine.symbols if s.role != "history" or s in wanted]
    grounder = Grounder(machine.structure, symbols)
    raw = [a for rule in machine.rules for a in ground_rule(grounder, rule, pause)]
    initial = tuple(machine.structure.initial(c.symbol) for c in grounder.cells)
    domains = _domains(raw, initial, pause)
    actions = []
    for action in raw:
        pause()
        guards = tuple((n, within(g, domains)) for n, g in action.guards)
        if conjunction(g for _, g in guards) is not False:
            actions.append(Action(action.rule, action.arguments, guards, _pruned(action, domains)))
    grounder.actions = [(a.rule.name, a.arguments) for a in actions]
    every = {**domains, **{c + len(initial): d for c, d in domains.items()}}
    return Ground(machine, grounder, tuple(actions), initial, every)


def _pruned(
    action: Action, domains: Mapping[int, frozenset[int]]
) -> dict[int, tuple[tuple[Formula, int], ...]]:
    kept: dict[int, tuple[tuple[Formula, int], ...]] = {}
    for cell, options in action.assignments.items():
        possible: list[tuple[Formula, int]] = []
        for condition, value in options:
            simpler = within(condition, domains)
            if simpler is False:
                continue
            possible.append((simpler, value))
            if simpler is True:
                break
        if possible and len(domains[cell]) > 1:
            kept[cell] = tuple(possible)
    return kept


def _domains(
    actions: list[Action], initial: tuple[int, ...], pause: Callable[[], None]
) -> dict[int, frozenset[int]]:
    domains = {cell: frozenset([value]) for cell, value in enumerate(initial)}
    pending = list(actions)
    grown = True
    while grown:
        grown = False
        for action in pending:
            pause()
            if within(action.guard, domains) is False:
                continue
            for cell, options in action.assignments.items():
                for condition, value in options:
                    if value not in domains[cell] and within(condition, domains) is not False:
                        domains[cell] |= {value}
                        grown = True
    return domains


__all__ = [
    "Action",
    "Assignments",
    "Cell",
    "Environment",
    "Ground",
    "Grounder",
    "conditions",
    "evaluate",
    "ground",
    "reads",
    "writes",
]
