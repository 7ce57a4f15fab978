"""Layers, and the machine that a design composes from them.

A layer declares tables and rules; a machine is the layers' tables and rules for one design,
together with the finite structure (who exists, what is rigid) that the design describes.
"""

from __future__ import annotations

import inspect
import traceback
import typing
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Generic

from unsay.model.language.notation import Bool, Element, Expression
from unsay.model.language.rules import (
    DesignT,
    Fairness,
    Kind,
    Rule,
    RuleBuilder,
    check_formula,
    check_rule,
    sort_of,
)
from unsay.model.language.structure import Axiom, Flow, Reach, Structure, View
from unsay.model.language.tables import Vocabulary
from unsay.model.language.terms import (
    And,
    Exists,
    ModelError,
    Not,
    Read,
    Sort,
    Symbol,
    Variable,
    free_variables,
    symbols,
    walk,
)

RuleFunction = Callable[..., None]

_USUAL = {Kind.ACT: Fairness.NONE, Kind.PROGRESS: Fairness.WEAK, Kind.FAULT: Fairness.NONE}
"""What is assumed of a rule that does not say: users and the world owe nothing."""


@dataclass(frozen=True)
class Machine:
    """Tables, rules and structure of one design: what every reading reads.

    ``declared`` names every rule of the layers, also those that this design does not have.
    ``faults_recur`` tells whether faults may happen again and again for ever; otherwise an infinite
    run has a last one.
    """

    name: str
    symbols: tuple[Symbol, ...]
    rules: tuple[Rule, ...]
    structure: Structure
    declared: frozenset[str] = frozenset()
    axioms: tuple[Axiom, ...] = ()
    reaches: tuple[Reach, ...] = ()
    flows: tuple[Flow, ...] = ()
    views: tuple[View, ...] = ()
    design: Any = field(default=None, compare=False)
    faults_recur: bool = False

    @cached_property
    def spelt(self) -> str:
        """All that its tables, rules and axioms say, as text: as equal as they are."""
        return repr((self.symbols, self.rules, self.axioms, self.reaches))

    def may_recur(self, rule: Rule) -> bool:
        """Whether ``rule`` may happen infinitely often in a run."""
        return self.faults_recur or rule.kind is not Kind.FAULT

    def rule(self, name: str) -> Rule:
        """The rule called ``name``.

        Raises:
            KeyError: the design's machine has no such rule.
        """
        for rule in self.rules:
            if rule.name == name:
                return rule
        raise KeyError(name)

    def with_rules(self, rules: Iterable[Rule]) -> Machine:
        """The same machine with other rules (to mutate it on purpose)."""
        return replace(self, rules=tuple(rules))

    def with_rule(self, rule: Rule) -> Machine:
        """The same machine with ``rule`` in the place of the one of its name."""
        return self.with_rules(rule if r.name == rule.name else r for r in self.rules)

    def at_rest(self) -> Bool:
        """Nothing that the system owes is possible: no progress rule can happen anywhere.

        Users may still act and faults may still strike; nothing happens on its own.
        """
        return _impossible(r for r in self.rules if r.kind is Kind.PROGRESS)

    def at_a_standstill(self) -> Bool:
        """Nothing that fairness asks for is possible: here, and nowhere else, a run may stop.

        At rest, where everything that the system owes is at least weakly fair.
        """
        return _impossible(r for r in self.rules if r.fairness is not Fairness.NONE)


def _impossible(rules: Iterable[Rule]) -> Bool:
    return Bool(And(tuple(Not(Exists(r.parameters, r.guard)) for r in rules)))


@dataclass(frozen=True)
class _Declared(Generic[DesignT]):
    """A rule as a layer declares it, before any design."""

    function: RuleFunction
    kind: Kind
    at: str
    when: Callable[[DesignT], bool]
    fairness: Callable[[DesignT], Fairness]


class Layer(Vocabulary, Generic[DesignT]):
    """A part of the machine: its tables, its rules and what selects them."""

    def __init__(self, name: str, says: str) -> None:
        super().__init__()
        self.name = name
        self.says = says
        self._rules: list[_Declared[DesignT]] = []
        self.axioms: list[Axiom] = []
        self._told: list[Callable[[DesignT], bool]] = []
        self._reaches: list[tuple[Reach, Callable[[DesignT], bool]]] = []
        self.flows: list[Flow] = []
        self.views: list[View] = []

    def rule(
        self,
        kind: Kind,
        *,
        at: str,
        when: Callable[[DesignT], bool] = lambda design: True,
        fairness: Callable[[DesignT], Fairness] | Fairness | None = None,
    ) -> Callable[[RuleFunction], RuleFunction]:
        """Declare a rule: the function's name, parameters and docstring are the rule's.

        Args:
            kind: Who makes it happen.
            at: The parameter at which it happens (the lane of the picture).
            when: Whether a design has this rule at all.
            fairness: What may be assumed of it in infinite runs, possibly by the design. Unless
                said, what the system owes is weakly fair, and nothing else is.
        """
        usual = _USUAL[kind] if fairness is None else fairness

        def of(design: DesignT) -> Fairness:
            return usual if isinstance(usual, Fairness) else usual(design)

        def declare(function: RuleFunction) -> RuleFunction:
            self._rules.append(_Declared(function, kind, at, when, of))
            return function

        return declare

    def axiom(
        self,
        name: str,
        says: str,
        formula: Bool,
        told: Callable[[DesignT], bool] = lambda design: True,
    ) -> None:
        """Declare a promise about rigid tables that every design keeps.

        Args:
            name: Short, for lists.
            says: As a sentence.
            formula: About rigid tables.
            told: Whether a design's proofs may need it: it makes other questions harder.
        """
        check_formula(f"axiom {name}", formula.term, step=False)
        self.axioms.append(Axiom(name, says, formula.term))
        self._told.append(told)

    def axioms_for(self, design: DesignT) -> list[Axiom]:
        """Those that proofs about ``design`` may need."""
        return [a for a, told in zip(self.axioms, self._told, strict=True) if told(design)]

    def reach(
        self,
        name: str,
        says: str,
        hop: Bool,
        here: Element,
        there: Element,
        root: Element,
        when: Callable[[DesignT], bool],
    ) -> None:
        """Declare that ``hop`` leads from ``root`` to every member, in designs that promise it.

        Args:
            name: Short, for lists.
            says: As a sentence.
            hop: A read of a rigid table at distinct variables, among them ``here`` and ``there``.
            here: Where one hop begins: a variable.
            there: Where it ends: another variable.
            root: Where the first hop begins, by the other variables.
            when: Whether a design promises it.
        """
        read, one, next_ = hop.term, here.term, there.term
        if not (isinstance(read, Read) and read.symbol.role == "rigid"):
            raise ModelError(f"reach {name}: '{read}' is not fixed for good")
        variables = tuple(a for a in read.arguments if isinstance(a, Variable))
        two = isinstance(one, Variable) and isinstance(next_, Variable) and one != next_
        if not two or one.sort != next_.sort:
            raise ModelError(f"reach {name}: a hop is between two variables of one sort")
        assert isinstance(one, Variable)
        assert isinstance(next_, Variable)
        places = tuple(v for v in variables if v not in (one, next_))
        if len(set(variables)) < len(read.arguments) or len(places) + 2 != len(variables):
            raise ModelError(
                f"reach {name}: '{read}' must be read at distinct variables, both ends"
            )
        if not free_variables(root.term) <= set(places) or root.term.sort != one.of:
            raise ModelError(f"reach {name}: '{root.term}' is no member by the other variables")
        if any(s.role != "rigid" for s in symbols(root.term)):
            raise ModelError(f"reach {name}: '{root.term}' is not fixed for good")
        found = Reach(name, says, read, one, next_, root.term, places)
        self._reaches.append((found, when))

    def reaches_for(self, design: DesignT) -> list[Reach]:
        """What of this ``design`` promises."""
        return [reach for reach, when in self._reaches if when(design)]

    def flow(
        self,
        cell: Bool,
        *,
        carries: Element,
        source: Element,
        target: Element,
    ) -> None:
        """Declare that ``cell`` (a read at variables) means: ``carries`` is on its way."""
        read = cell.term
        if not isinstance(read, Read):
            raise ModelError(f"flow: '{read}' is not a cell")
        variables = tuple(a for a in read.arguments if isinstance(a, Variable))
        ends = (carries.term, source.term, target.term)
        if len(set(variables)) < len(read.arguments):
            raise ModelError(f"flow: '{read}' must be read at distinct variables")
        for end in ends:
            if not free_variables(end) <= set(variables):
                raise ModelError(f"flow: '{end}' is not about '{read}'")
        self.flows.append(Flow(read.symbol, variables, *ends))

    def view(self, name: str, holder: Element, subject: Element, value: Expression) -> None:
        """Declare what a holder is said to hold of a subject."""
        if not isinstance(holder.term, Variable) or not isinstance(subject.term, Variable):
            raise ModelError(f"view {name}: holder and subject must be variables")
        self.views.append(View(name, holder.term, subject.term, value.term))

    def rule_names(self) -> list[str]:
        """The names of all rules of the layer, whatever the design."""
        return [declared.function.__name__ for declared in self._rules]

    def rules_for(self, design: DesignT) -> list[Rule]:
        """The rules that ``design`` has, built and checked.

        Raises:
            ModelError: naming the rule that does not make sense.
        """
        return [
            build_rule(declared, self.name, design)
            for declared in self._rules
            if declared.when(design)
        ]


def build_rule(declared: _Declared[DesignT], layer: str, design: DesignT) -> Rule:
    """Call a rule function once with symbolic parameters and check what it said."""
    function, at = declared.function, declared.at
    name = function.__name__
    builder = RuleBuilder(name, design)
    try:
        hints = typing.get_type_hints(function)
        parameters: list[Element] = []
        for parameter in list(inspect.signature(function).parameters)[1:]:
            sort_of(hints.get(parameter))
            parameters.append(hints[parameter].variable(parameter))
        function(builder, *parameters)
    except Exception as error:
        what = str(error) if isinstance(error, ModelError) else f"{type(error).__name__}: {error}"
        raise ModelError(f"rule {name}: {what} ({_line_of(error, function)})") from error
    variables = tuple(p.term for p in parameters if isinstance(p.term, Variable))
    if at not in {v.name for v in variables}:
        raise ModelError(f"rule {name}: happens at '{at}', which is not one of its parameters")
    says = inspect.cleandoc(function.__doc__ or "")
    rule = Rule(
        name=name,
        kind=declared.kind,
        layer=layer,
        says=says,
        parameters=variables,
        at=at,
        guards=tuple(builder.guards),
        updates=tuple(builder.updates),
        fairness=declared.fairness(design),
    )
    check_rule(rule)
    return rule


def _line_of(error: Exception, function: RuleFunction) -> str:
    """File and line, in the rule's own file, from which an error comes."""
    own = function.__code__.co_filename
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == own]
    line = frames[-1].lineno if frames else function.__code__.co_firstlineno
    return f"{Path(own).name}:{line}"


def compose(
    name: str,
    layers: Sequence[Layer[DesignT]],
    design: DesignT,
    structure: Structure,
    *,
    faults_recur: bool = False,
) -> Machine:
    """One machine out of layers, for one design; ``faults_recur`` as in ``Machine``.

    Raises:
        ModelError: two layers declare the same table or rule, or a rule does not make sense.
    """
    tables: dict[str, Symbol] = {}
    rules: dict[str, Rule] = {}
    for layer in layers:
        for table in layer.tables.values():
            if table.symbol.name in tables:
                raise ModelError(f"layer {layer.name}: table {table.symbol} is declared before")
            tables[table.symbol.name] = table.symbol
        for rule in layer.rules_for(design):
            if rule.name in rules:
                raise ModelError(f"layer {layer.name}: rule {rule.name} is declared before")
            rules[rule.name] = rule
    for rule in rules.values():
        for symbol in sorted(rule.tables, key=str):
            if tables.get(symbol.name) != symbol:
                raise ModelError(f"rule {rule.name}: table {symbol} belongs to no layer")
        for parameter in (v for t in rule.terms() for v in walk(t) if isinstance(v, Variable)):
            _check_members(f"rule {rule.name}", structure, parameter.of)
        for parameter in rule.parameters:
            _check_members(f"rule {rule.name}", structure, parameter.of)
    _check_structure(structure, tuple(tables.values()))
    return Machine(
        name=name,
        symbols=tuple(tables.values()),
        rules=tuple(rules.values()),
        structure=structure,
        declared=frozenset(name for layer in layers for name in layer.rule_names()),
        axioms=tuple(a for layer in layers for a in layer.axioms_for(design)),
        reaches=tuple(r for layer in layers for r in layer.reaches_for(design)),
        flows=tuple(f for layer in layers for f in layer.flows),
        views=tuple(v for layer in layers for v in layer.views),
        design=design,
        faults_recur=faults_recur,
    )


def _check_structure(structure: Structure, tables: tuple[Symbol, ...]) -> None:
    """Refuse a structure that leaves a sort empty or a rigid table undefined somewhere."""
    for table in tables:
        for sort in (*table.arguments, table.value):
            _check_members(f"table {table}", structure, sort)
        if table.role != "rigid":
            continue
        values, size = structure.rigid.get(table, {}), len(structure.members(table.value))
        for place in structure.cells(table):
            if not 0 <= values.get(place, -1) < size:
                raise ModelError(f"table {table}: the structure gives no value at {place}")


def _check_members(where: str, structure: Structure, sort: Sort) -> None:
    if not sort.literals and not structure.elements.get(sort):
        raise ModelError(f"{where}: the structure has no {sort}")
