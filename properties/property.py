"""What a property is: a sentence, a formula, and a witness that it says something."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from unsay.model.language import Bool, Machine, Symbol, Term
from unsay.model.language.rules import Obligation, check_formula, obligations
from unsay.model.language.terms import ModelError, Taken, symbols, walk


class PropertyKind(Enum):
    """What a formula is about."""

    ALWAYS = "always"
    """Each reachable state."""
    STEP = "step"
    """Each step between reachable states."""
    EVENTUALLY = "eventually"
    """Each infinite run that is fair: what must come in the end (docs/LANGUAGE.md)."""


@dataclass(frozen=True)
class Property:
    """A claim about every run of a design.

    Attributes:
        name: How people call it, on the command line and in reports.
        sentence: What it says, in one sentence without symbols.
        kind: Whether the formula is about states, steps or infinite runs.
        formula: The claim, for a machine (some claims speak of the machine's own rules).
        witness: A situation that must be reachable for the claim to say anything.
        witness_sentence: The situation, in words.
        visible: Users of the chat would notice, so a run against it tells more than another.
        implied_by: Properties that are at least as strong, wherever faults leave memory alone.
    """

    name: str
    sentence: str
    kind: PropertyKind
    formula: Callable[[Machine], Bool]
    witness: Callable[[Machine], Bool]
    witness_sentence: str
    visible: bool = False
    implied_by: tuple[str, ...] = ()

    def claim(self, machine: Machine) -> Term:
        """The formula's term, checked.

        Raises:
            ModelError: the formula does not make sense (a defect of the property).
        """
        term = self.formula(machine).term
        check_formula(
            f"property {self.name}",
            term,
            step=self.kind is PropertyKind.STEP,
            eventually=self.kind is PropertyKind.EVENTUALLY,
        )
        for inner in walk(term):
            if isinstance(inner, Taken):
                _check_taken(self.name, machine, inner)
        return term

    def situation(self, machine: Machine) -> Term:
        """The witness's term, checked; always a state formula."""
        term = self.witness(machine).term
        check_formula(f"witness of {self.name}", term, step=False)
        return term

    def obligations(self, machine: Machine) -> list[Obligation]:
        """The parts of an eventually property: each premise with its conclusion.

        Raises:
            ModelError: it is no eventually property, or does not make sense.
        """
        return obligations(self.claim(machine))

    def reads(self, machine: Machine) -> set[Symbol]:
        """The tables that the formula and the witness look at."""
        return symbols(self.claim(machine)) | symbols(self.situation(machine))


def _check_taken(name: str, machine: Machine, taken: Taken) -> None:
    """Refuse a step that no rule is; a rule that this design does not have is never taken."""
    if taken.rule not in machine.declared:
        raise ModelError(f"property {name}: there is no rule {taken.rule}")
    wanted = [r for r in machine.rules if r.name == taken.rule]
    found = tuple(a.sort for a in taken.arguments)
    for rule in wanted:
        expected = tuple(p.of for p in rule.parameters)
        if found != expected:
            raise ModelError(
                f"property {name}: rule {rule.name} takes ({', '.join(map(str, expected))}), "
                f"not ({', '.join(map(str, found))})"
            )
