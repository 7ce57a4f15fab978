"""What a property is: a sentence, a formula, and a witness that it says something."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from unsay.model.language import Bool, Machine, Symbol, Term
from unsay.model.language.notation import Expression
from unsay.model.language.rules import Obligation, check_formula, obligations
from unsay.model.language.terms import ModelError, Read, Taken, symbols, walk


class PropertyKind(Enum):
    """What a formula is about."""

    ALWAYS = "always"
    """Each reachable state."""
    STEP = "step"
    """Each step between reachable states."""
    EVENTUALLY = "eventually"
    """Each infinite run that is fair: what must come in the end (docs/LANGUAGE.md)."""


@dataclass(frozen=True)
class Applied:
    """A rule carried out in thought, whether its guards allow it or not.

    Attributes:
        rule: The name of the rule.
        arguments: Its arguments, over the claim's outermost variables.
        otherwise: Rules that do the same to what is compared, where it can be one of these but
            not ``rule``.
    """

    rule: str
    arguments: tuple[Term, ...]
    otherwise: tuple[str, ...] = ()


@dataclass(frozen=True)
class Way:
    """One of the ways on from the state before a step that a claim about steps compares.

    Attributes:
        says: What happens, with the claim's outermost variables in braces.
        applied: What is carried out after the step; for an ``instead``, in place of it.
        instead: It begins at the state before the step rather than after it.
    """

    says: str
    applied: tuple[Applied, ...] = ()
    instead: bool = False


@dataclass(frozen=True)
class Comparison:
    """What a claim about steps compares, so that a picture can show it.

    Attributes:
        ways: At least two ways on from one state.
        cells: What is the same at the end of all of them, if the claim holds; over the claim's
            outermost variables.
    """

    ways: tuple[Way, ...]
    cells: tuple[Read, ...]


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
        implied_by: Properties that are at least as strong, wherever faults leave memory alone
            and nodes serve from one copy.
        compares: Of a claim about steps that compares the ends of several ways, these ways.
    """

    name: str
    sentence: str
    kind: PropertyKind
    formula: Callable[[Machine], Bool]
    witness: Callable[[Machine], Bool]
    witness_sentence: str
    visible: bool = False
    implied_by: tuple[str, ...] = ()
    compares: Comparison | None = None

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
        return symbols(self.formula(machine).term) | symbols(self.witness(machine).term)


def cells(*read: Expression) -> tuple[Read, ...]:
    """The cells that some expressions read.

    Raises:
        ModelError: an expression is no cell of a table.
    """
    terms = tuple(e.term for e in read)
    if any(not isinstance(t, Read) for t in terms):
        raise ModelError(f"not all cells: {', '.join(map(str, terms))}")
    return tuple(t for t in terms if isinstance(t, Read))


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
