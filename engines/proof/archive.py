"""Lemmas that proofs of other designs needed: what a search tries before it looks for its own.

Nothing in the archive is believed. Its formulas were found by the search, in proofs of the designs
that are shipped, and are candidates like any other: what a sampled state of the design at hand
breaks is left out, what does not stand at small sizes is, too, and of the rest Z3 shows every
obligation anew. ``python -m bench.lemmas`` makes the archive.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from unsay.engines.proof.atoms import idle, written
from unsay.engines.proof.closed import flaw
from unsay.engines.proof.terms_as_data import TermReader, as_data
from unsay.model.language import Machine, Symbol, Term
from unsay.model.language.terms import Equal, ForAll, Literal, Not, Or, Read, symbols

_FAMILIAR = 10
"""Of a table, so many times as many lemmas have to speak that they are tried of another, too."""


@dataclass(frozen=True)
class Archive:
    """Lemmas, as ``terms_as_data`` has them, each with the designs whose proofs needed it.

    Attributes:
        lemmas: Those designs by lemma; a lemma is the JSON of its data.
    """

    lemmas: Mapping[str, frozenset[str]]

    @staticmethod
    @cache
    def shipped() -> Archive:
        """The one that comes with this program."""
        return Archive.of_text(files(__package__).joinpath("archive.json").read_text("utf-8"))

    @staticmethod
    def of_text(text: str) -> Archive:
        """What ``text`` made."""
        return Archive({_text(e["lemma"]): frozenset(e["of"]) for e in json.loads(text)})

    def text(self) -> str:
        """As JSON, one lemma in a line."""
        entries = sorted(self.lemmas.items(), key=lambda e: (len(e[0]), e[0]))
        lines = (f'{{"of": {json.dumps(sorted(of))}, "lemma": {lemma}}}' for lemma, of in entries)
        return "[\n" + ",\n".join(lines) + "\n]\n"

    def about(self, machine: Machine) -> list[Term]:
        """The lemmas that speak only of what ``machine`` has and asks for, the shortest first.

        Of a table of which hardly any speaks, also what is said of tables like it: a second
        carrier's copies are on their way as the first one's are.
        """
        reader = TermReader(machine)
        left_out = idle(machine)
        said = {
            text: term
            for text in self.lemmas
            if (term := _readable(machine, reader, text)) and not left_out & symbols(term)
        }
        spoken: dict[Symbol, list[str]] = {t: [] for t in written(machine) if t.role == "state"}
        for text, term in said.items():
            for table in symbols(term) & spoken.keys():
                spoken[table].append(text)
        for table, like in itertools.product(spoken, spoken):
            seldom = len(spoken[table]) * _FAMILIAR <= len(spoken[like])
            if seldom and (table.arguments, table.value) == (like.arguments, like.value):
                others = (text.replace(_read(like), _read(table)) for text in spoken[like])
                said |= {
                    text: term for text in others if (term := _readable(machine, reader, text))
                }
        return [said[text] for text in sorted(said, key=lambda text: (len(text), text))]

    def without(self, design: str) -> Archive:
        """What there would be if ``design`` had not been shipped."""
        left = {lemma: of - {design} for lemma, of in self.lemmas.items()}
        return Archive({lemma: of for lemma, of in left.items() if of})

    def with_lemmas(self, design: str, lemmas: Iterable[Term]) -> Archive:
        """The same, with the lemmas of proofs of ``design``."""
        found = dict(self.lemmas)
        for lemma in map(as_data, lemmas):
            found[_text(lemma)] = found.get(_text(lemma), frozenset()) | {design}
        return Archive(found)


def weaker(lemma: Term) -> Iterator[Term]:
    """What ``lemma`` implies, where it names the one state that something has to be in.

    "Waiting, or everybody has it" is wrong where somebody may also give up waiting; that it is not
    "done" may do. One of its literals is weakened.
    """
    match lemma:
        case ForAll(variables, Or(parts)):
            for k, part in enumerate(parts):
                for literal in _not_another(part):
                    yield ForAll(variables, Or((*parts[:k], literal, *parts[k + 1 :])))


def _not_another(literal: Term) -> Iterator[Term]:
    match literal:
        case Equal(Read() as cell, Literal(name, sort)):
            yield from (Not(Equal(cell, Literal(x, sort))) for x in sort.literals if x != name)


def _readable(machine: Machine, reader: TermReader, text: str) -> Term | None:
    try:
        term = reader.term(json.loads(text))
    except ValueError:
        return None
    return None if flaw(machine, term) else term


def _read(table: Symbol) -> str:
    """How the text of a lemma begins to read ``table``."""
    return f'["read", {json.dumps(table.name)}, '


def _text(lemma: Any) -> str:
    return json.dumps(lemma)
