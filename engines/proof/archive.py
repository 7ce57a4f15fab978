"""Lemmas that proofs of other designs needed: what a search tries before it looks for its own.

Nothing in the archive is believed. Its formulas were found by the search, in proofs of the designs
that are shipped, and are candidates like any other: what a sampled state of the design at hand
breaks is left out, what does not stand at small sizes is, too, and of the rest Z3 shows every
obligation anew. ``python -m bench.lemmas`` makes the archive.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from unsay.engines.proof.terms_as_data import TermReader, as_data
from unsay.model.language import Machine, Term


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

    def about(self, machine: Machine) -> Iterator[Term]:
        """The lemmas that speak only of what ``machine`` has, the shortest first."""
        reader = TermReader(machine)
        for lemma in sorted(self.lemmas, key=lambda text: (len(text), text)):
            try:
                yield reader.term(json.loads(lemma))
            except ValueError:
                continue

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


def _text(lemma: Any) -> str:
    return json.dumps(lemma)
