"""What is exported beside the machine: claims about every state or every step."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from unsay.model.language.machine import Machine
from unsay.model.language.terms import (
    And,
    Exists,
    ForAll,
    Not,
    Or,
    Sort,
    Symbol,
    Taken,
    Term,
    symbols,
    walk,
)


@dataclass(frozen=True)
class Claim:
    """A property as data, without the machinery of properties.

    Attributes:
        name: How people call it.
        sentence: What it says.
        formula: The claim, closed.
        step: Whether the formula is about each step rather than each state.
        situation: What must be reachable for the claim to say anything; a state formula.
        situation_sentence: The situation, in words.
    """

    name: str
    sentence: str
    formula: Term
    step: bool
    situation: Term
    situation_sentence: str


@dataclass(frozen=True)
class Subject:
    """What a text is about.

    Attributes:
        name: What the text is called, an identifier in every format.
        machine: The machine.
        claims: What is claimed of it.
        command: The command that writes this text, for the head of it.
        depth: For formats that unroll: the most steps of a run.
        left_out: Names of properties that are about neither states nor steps.
    """

    name: str
    machine: Machine
    claims: Sequence[Claim]
    command: str
    depth: int = 12
    left_out: Sequence[str] = ()

    def history(self) -> list[Symbol]:
        """The history tables that some claim or its situation reads, as declared.

        No other is kept: history multiplies states. So counts compare with an engine that was
        asked the same properties together.
        """
        read: set[Symbol] = set()
        for claim in self.claims:
            read |= symbols(claim.formula) | symbols(claim.situation)
        return [s for s in self.machine.symbols if s.role == "history" and s in read]

    def kept(self) -> list[Symbol]:
        """The tables that are part of a state: all state tables, and the history."""
        history = set(self.history())
        return [s for s in self.machine.symbols if s.role == "state" or s in history]


def told_by_states(term: Term) -> bool:
    """Whether a claim about steps says the same of a pair of states as of the rules that make it.

    Several rules may lead from one state to one other. Some formats know steps only as pairs, and
    there a rule "is taken" where it could have been. As a premise ("if this rule is taken, then
    ...") that comes to the same: the claim fails of the pair where it fails of one of its rules.
    """
    if not _speaks_of_rules(term):
        return True
    match term:
        case Not(body):
            return _told_of_one(body)
        case And(parts):
            return all(map(told_by_states, parts))
        case ForAll(_, body):
            return told_by_states(body)
        case Or(parts):
            return sum(map(_speaks_of_rules, parts)) == 1 and all(map(told_by_states, parts))
    return False


def _told_of_one(term: Term) -> bool:
    """Whether ``term`` holds of a pair of states where it holds of one rule that makes it."""
    if not _speaks_of_rules(term):
        return True
    match term:
        case Taken():
            return True
        case Or(parts):
            return all(map(_told_of_one, parts))
        case Exists(_, body):
            return _told_of_one(body)
        case And(parts):
            return sum(map(_speaks_of_rules, parts)) == 1 and all(map(_told_of_one, parts))
    return False


def _speaks_of_rules(term: Term) -> bool:
    return any(isinstance(t, Taken) for t in walk(term))


def sorts_of(machine: Machine) -> list[Sort]:
    """Every sort that the machine speaks of but truth, those with members of a design first."""
    used = dict.fromkeys(machine.structure.elements)
    for symbol in machine.symbols:
        used.update(dict.fromkeys((*symbol.arguments, symbol.value)))
    return [s for s in used if s.name != "Bool"]


def head(subject: Subject) -> list[str]:
    """What every text opens with: what it is, how it was made, what is counted."""
    names = ", ".join(s.name for s in subject.history()) or "none"
    claims = ", ".join(c.name for c in subject.claims) or "none"
    return [
        one_line(f"Unsay: {subject.machine.name}"),
        f"Generated from the rules by: {one_line(subject.command)}",
        f"Properties: {claims}.",
        *(
            f"Left out, since it is about no state and no step: {name}."
            for name in subject.left_out
        ),
        f"History tables that they read, which are part of the state: {names}.",
        "Fewer properties need less history, and then there are fewer states.",
    ]


def commented(text: str, before: str = "", width: int = 96) -> list[str]:
    """``text`` as lines of a comment, each after ``before``."""
    lines = textwrap.wrap(one_line(text), width, break_long_words=False, break_on_hyphens=False)
    return [f"{before}{line}" for line in lines]


def one_line(text: str) -> str:
    """``text`` as one line of ASCII, which is all that some parsers take in a comment."""
    return " ".join(text.split()).encode("ascii", "backslashreplace").decode()
