"""Verdicts as JSON, for machines that read them."""

from __future__ import annotations

from typing import Any

from unsay import __version__
from unsay.engines.check import Checked
from unsay.engines.verdict import Verdict


def as_data(checked: Checked, name: str, pictures: dict[str, list[str]]) -> dict[str, Any]:
    """One design's verdicts as JSON-able data.

    Args:
        checked: The checked design.
        name: The file that the design was read from.
        pictures: Files written for each violated property.
    """
    return {
        "unsay": __version__,
        "design": name,
        "title": checked.design.title,
        "fingerprint": checked.design.fingerprint(),
        "scope": checked.design.resolved()["scope"],
        "faults": checked.design.resolved()["faults"],
        "fairness": checked.design.resolved()["fairness"],
        "seconds": round(checked.seconds, 3),
        "interrupted": checked.interrupted,
        "resumed": checked.resumed,
        "says_nothing": list(checked.left_out),
        "unproved": dict(checked.unproved),
        "verdicts": [
            {**verdict_data(v), "files": pictures.get(v.property, [])}
            for v in checked.verdicts.values()
        ],
    }


def verdict_data(verdict: Verdict) -> dict[str, Any]:
    """One verdict as JSON-able data; what does not apply is null."""
    return {
        "property": verdict.property,
        "verdict": verdict.outcome.value,
        "engine": verdict.engine,
        "complete": verdict.complete,
        "reach": verdict.reach,
        "reason": verdict.reason,
        "states": verdict.states,
        "transitions": verdict.transitions,
        "breaking": verdict.breaking,
        "slices": verdict.slices,
        "slice_states": verdict.slice_states,
        "depth": verdict.depth,
        "runs": verdict.runs,
        "shortest": verdict.shortest,
        "loop": verdict.loop,
        "lemmas": None if verdict.lemmas is None else list(verdict.lemmas),
        "seconds": round(verdict.seconds, 3),
        "run": None
        if verdict.run is None
        else [{"rule": s.rule, "arguments": list(s.arguments)} for s in verdict.run],
    }
