"""What a certificate says to people: the head of each file, and its README."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from unsay import __version__
from unsay.engines.proof.obligations import NO_STEP
from unsay.engines.proof.sentences import legend
from unsay.engines.proof.terms_as_data import TermReader
from unsay.model.language import Machine
from unsay.model.language.finite import laws


def header(machine: Machine, lines: Sequence[str], meaning: str, expected: str) -> str:
    """Comment lines for the head of an SMT-LIB file."""
    told = [f"Of a certificate by unsay {__version__}: {machine.name}", *lines]
    told += [f"Asserted are {meaning}", f"Expected answer: {expected}"]
    # A solver would read what comes after a line end.
    return "".join(f"; {' '.join(line.split()) or '-'}\n" for line in told)


POSSIBLE = "the axioms, and what must be possible: there must be such a world."
AT_THE_START = (
    "the axioms, and that the formula fails in the initial state: there is no such world."
)
AFTER_A_STEP = (
    "the axioms, what is assumed, all guards of the rule, and that the formula fails after it: "
    "there is no such world."
)

IMPLIED = (
    "the axioms, what is assumed, and that the formula fails in the same state: "
    "there is no such world."
)
MEANINGS = {None: AT_THE_START, NO_STEP.name: IMPLIED}
"""By the rule of an obligation; of all others, what comes after a step."""


def readme(machine: Machine, about: Mapping[str, Any], files: Sequence[Mapping[str, Any]]) -> str:
    """The certificate's README, for an engineer who has never seen one."""
    sane = sum(f["expected"] == "sat" for f in files)
    first = next((f["file"] for f in files if f["expected"] == "unsat"), files[0]["file"])
    parts = [
        _INTRODUCTION.format(
            machine=machine.name,
            fingerprint=about["fingerprint"] or "none: it is a protocol of this program",
            unsay=about["unsay"],
            z3=about["z3"],
            questions=len(files) - sane,
            sane=sane,
            first=first,
        )
    ]
    for p in about["properties"]:
        parts.append(f"## {p['name']}\n\n{p['says']}\n")
        claim, *lemmas = p["formulas"]
        parts.append(f"As a formula:\n\n    {claim['says']}\n")
        if lemmas:
            numbered = "\n".join(
                f"{i}. `{_in_code(f['says'])}`" for i, f in enumerate(lemmas, start=1)
            )
            parts.append(f"Lemmas:\n\n{numbered}\n")
        parts.append(_rules_left_out(p))
    axioms = assumptions(machine).items()
    parts.append("## Axioms\n\n" + _list(f"**{name}**: {says}" for name, says in axioms))
    reader = TermReader(machine)
    told = (p["proof"] for p in about["properties"])
    terms = [reader.term(t) for proof in told for t in (proof["claim"], *proof["lemmas"])]
    words = legend(terms)
    parts.append("## Words\n\n" + _list(f"`{name}`: {says}" for name, says in words.items()))
    return "\n".join(parts)


def assumptions(machine: Machine) -> dict[str, str]:
    """What the solver is told of all worlds: sentences by name."""
    found = {a.name: a.says for a in machine.axioms}
    return found | {law.name: law.says for law in laws(machine)}


def _rules_left_out(p: Mapping[str, Any]) -> str:
    """Which rules have no file, because they write nothing that a formula reads."""
    lines = []
    for number, formula in enumerate(p["formulas"]):
        if formula["implied"]:
            continue
        rest = [rule for rule, file in formula["steps"].items() if file is None]
        if rest:
            name = "the claim" if number == 0 else f"lemma {number}"
            lines.append(f"{name}: {', '.join(rest)}")
    if not lines:
        return "Every rule has a file for every formula that is not implied by others.\n"
    return (
        "These rules write no table that the formula reads, so they cannot break it and have no "
        "file:\n\n" + _list(lines)
    )


def _list(lines: Any) -> str:
    return "".join(f"- {line}\n" for line in lines) or "- none\n"


def _in_code(text: str) -> str:
    return text.replace("`", "'")


_INTRODUCTION = """# Certificate: {machine}

Unsay {unsay} (with Z3 {z3}) says that the properties below hold of this design for **any number of
nodes, devices, messages and commands**, whatever order they come in. This folder lets you check
that without Unsay. Fingerprint of the design: {fingerprint}.

## How it works

A property is proved by induction over steps. It is put together with *lemmas*, other statements
about one state. All of them hold in the initial state, and every rule of the machine keeps them: if
they hold before a step, they hold after it. So they hold in every state that can ever be reached.
A formula that others imply, in each state, has one file instead, which says so (`no-step`). None is
implied by itself, by way of others: `unsay recheck` looks at that.

Each of these is a file. It asks a solver for a counterexample: a world, of any size, in which the
axioms and the lemmas hold, the rule can happen, and the formula fails afterwards. The solver must
find none, and answer `unsat`. There are {questions} of them, in one folder for each property.

From a contradiction everything follows. So `sanity/` has {sane} questions of the other kind:
whether the axioms can hold at all, also at the start, and whether each rule can ever happen. They
must be answered `sat`.

| file | what it is |
|---|---|
| `certificate.json` | the index: each file, its hash, the answer to expect, and what it shows |
| `sanity/*.smt2` | must be answered `sat` |
| `PROPERTY/*.smt2` | must be answered `unsat`; the comment at the head says what is shown |

## Check it yourself

    unsay recheck .

does it with cvc5 (`pip install 'unsay[proof]'`). By hand, with any solver that reads SMT-LIB 2:

    cvc5 {first}
    z3 {first}
    cvc5 --finite-model-find sanity/01-axioms.smt2

`unknown` or a timeout says nothing. A `sat` where `unsat` is expected, or the other way round,
means that the proof is wrong.

Properties called `NAME-premise-NUMBER`, if there are any, are the premises of a proof of NAME,
which is about runs that never end. That NAME follows from them is shown by no file: Unsay's
decision record 0010 tells why it does.

What a solver cannot check is that the formulas say what the headers say, and that the rules are
those of your system. Both come from the rules of the machine: `unsay show DESIGN --rules`.
"""
