"""Whether a design can keep the rules of its markets, copy by copy and strategy by strategy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import z3

from unsay.engines.compliance.conflicts import minimal_conflicts
from unsay.engines.compliance.copies import Demanded, Group, combinations, copies, groups
from unsay.engines.compliance.meaning import (
    FOREVER,
    STRATEGIES,
    Figure,
    Meaning,
    Strategy,
    content,
    figures,
    hot,
    meaning_of,
    possible,
    record,
    strategy_means,
)
from unsay.model.design import Design

Named = Demanded | Figure
"""What can be in conflict: a rule of a market, or a figure that the design has decided."""


@dataclass(frozen=True)
class Span:
    """Days from which one can be chosen; ``high`` None is no limit."""

    low: int
    high: int | None


@dataclass(frozen=True)
class Answer:
    """Whether rules can be kept together.

    Attributes:
        conflicts: The minimal sets that cannot, smaller ones first; none if all can.
        spans: If all can, the days to choose from for "hot", "content" and "record", each by
            itself (not every combination will do); empty otherwise.
    """

    conflicts: tuple[frozenset[Named], ...]
    spans: Mapping[str, Span]

    @property
    def kept(self) -> bool:
        """Whether all rules can be kept."""
        return not self.conflicts


@dataclass(frozen=True)
class Findings:
    """What is found out about the copies of one group, once it is asked for.

    Attributes:
        design: The design.
        group: The copies, and the rules that they are under.
    """

    design: Design
    group: Group

    @cached_property
    def _meaning(self) -> Meaning:
        return meaning_of(self.design)

    def _rules(self, meaning: Meaning) -> dict[Named, z3.BoolRef]:
        return {d: meaning.of(d.rule) for d in self.group.rules}

    @cached_property
    def rules_alone(self) -> Answer:
        """Whether the rules agree, whatever the storage strategy, for each age of the message.

        Days may hang on the age here, as where content is erased some days after its send; all
        constraints are linear in the age, so its two ends are enough.
        """
        oldest = FOREVER if self._meaning.oldest is None else self._meaning.oldest
        at_ages = [replace(self._meaning, oldest=age, youngest=age) for age in (0, oldest)]
        answers = [_answer([possible()], self._rules(meaning)) for meaning in at_ages]
        return next((a for a in answers if not a.kept), answers[0])

    @cached_property
    def own(self) -> Answer:
        """Whether they can be kept with the strategy and the figures of the design."""
        decided = figures(self.design, self._meaning)
        given = [possible(), strategy_means(own_strategy(self.design))]
        return _answer(given, {**self._rules(self._meaning), **dict(decided)})

    @cached_property
    def others(self) -> dict[Strategy, Answer]:
        """Whether they can be kept with each strategy, whatever the figures."""
        return _by_strategy(self._rules(self._meaning))


def own_strategy(design: Design) -> Strategy:
    """The strategy that ``design`` has chosen."""
    return Strategy(design.policies.storage, design.policies.audit)


def findings(design: Design) -> list[Findings]:
    """What is found out about each group of copies of ``design`` that is under any rule."""
    return [Findings(design, group) for group in groups(design, copies(design))]


def findings_elsewhere(design: Design) -> list[Findings]:
    """The same of combinations of its markets that meet in no copy of ``design``."""
    here = {group.rules for group in groups(design, copies(design))}
    every = groups(design, combinations(design))
    return [Findings(design, group) for group in every if group.rules not in here]


def market_findings(design: Design) -> dict[str, dict[Strategy, Answer]]:
    """For each market by itself, whether each strategy can keep its rules, whatever the figures."""
    meaning = meaning_of(design)
    return {
        name: _by_strategy({Demanded(name, rule): meaning.of(rule) for rule in market.rules})
        for name, market in design.markets.items()
    }


def _by_strategy(rules: Mapping[Named, z3.BoolRef]) -> dict[Strategy, Answer]:
    return {s: _answer([possible(), strategy_means(s)], rules) for s in STRATEGIES}


def _answer(given: list[z3.BoolRef], demands: Mapping[Named, z3.BoolRef]) -> Answer:
    conflicts = minimal_conflicts(given, demands)
    if conflicts:
        return Answer(tuple(conflicts), {})
    return Answer((), dict(_spans([*given, *demands.values()])))


def _spans(formulas: list[z3.BoolRef]) -> Iterator[tuple[str, Span]]:
    for name, day in (("hot", hot), ("content", content), ("record", record)):
        least, most = (_bound(formulas, day, up) for up in (False, True))
        yield name, Span(least, None if most >= FOREVER else most)


def _bound(formulas: list[z3.BoolRef], day: z3.ArithRef, up: bool) -> int:
    optimum = z3.Optimize()
    optimum.add(*formulas)
    (optimum.maximize if up else optimum.minimize)(day)
    assert optimum.check() == z3.sat, "spans are asked for only where there is a solution"
    return int(optimum.model().eval(day, model_completion=True).as_long())
