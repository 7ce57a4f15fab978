"""Proofs as JSON, and back."""

from __future__ import annotations

from typing import Any

from unsay.engines.proof.closed import formulas
from unsay.engines.proof.found import Proof
from unsay.engines.proof.obligations import Goal, Obligation
from unsay.engines.proof.terms_as_data import TermReader, as_data


def proof_as_data(proof: Proof) -> dict[str, Any]:
    """``proof`` as plain data. Formulas are numbered: 0 is the claim, then come the lemmas."""
    every = [f.term for f in formulas(proof)]
    return {
        "claim": as_data(proof.goal.term),
        "step": proof.goal.step,
        "lemmas": [as_data(lemma) for lemma in proof.lemmas],
        "obligations": [
            {
                "formula": every.index(o.goal.term),
                "rule": o.rule,
                "assumed": [every.index(t) for t in o.assumed],
            }
            for o in proof.obligations
        ],
    }


def proof_of(data: Any, reader: TermReader) -> Proof:
    """The proof that ``proof_as_data`` made ``data`` of; whether it is one, is not looked at.

    Raises:
        ValueError: it is no such data.
    """
    try:
        goal = Goal(reader.term(data["claim"]), bool(data["step"]))
        lemmas = tuple(reader.term(lemma) for lemma in data["lemmas"])
        every = [goal, *map(Goal, lemmas)]
        obligations = tuple(
            Obligation(every[o["formula"]], o["rule"], tuple(every[i].term for i in o["assumed"]))
            for o in data["obligations"]
        )
    except (KeyError, TypeError, IndexError):
        raise ValueError("is no proof") from None
    return Proof(goal, lemmas, obligations)
