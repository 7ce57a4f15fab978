"""The premises of a proof about infinite runs as properties, each with its proof.

A certificate lists these. That they make a proof is said by the decision record, not by a solver.
"""

from __future__ import annotations

from unsay.engines.proof.certificate import Proved
from unsay.engines.proof.liveness.derivation import InTheEnd
from unsay.engines.proof.liveness.tail import Premise
from unsay.model.language import Bool
from unsay.model.language.terms import TRUE
from unsay.properties import Property, PropertyKind


def premises_proved(p: Property, proof: InTheEnd) -> list[Proved]:
    """Each premise of a proof of ``p``, as what it is: a claim about states or steps."""
    width = len(str(len(proof.parts)))
    return [
        Proved(_as_property(f"{p.name}-premise-{number:0{width}}", premise), part)
        for number, (premise, part) in enumerate(proof.parts, start=1)
    ]


def _as_property(name: str, premise: Premise) -> Property:
    return Property(
        name=name,
        sentence=f"{premise.says[0].upper()}{premise.says[1:]}.",
        kind=PropertyKind.STEP if premise.step else PropertyKind.ALWAYS,
        formula=lambda machine: Bool(premise.term),
        witness=lambda machine: Bool(TRUE),
        witness_sentence="anything",
    )
