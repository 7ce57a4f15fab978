"""Scopes, faults and structures in words."""

from __future__ import annotations

from unsay.model.design import Design


def count(number: int, noun: str) -> str:
    """``1 node``, ``2 nodes``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def scope_in_words(design: Design) -> str:
    """What was let loose: sizes, acts, and the faults that were allowed."""
    acts = ", ".join(("send", *design.scope.commands))
    sizes = ", ".join(
        (
            count(len(design.nodes), "node"),
            count(len(design.devices), "device"),
            count(design.scope.messages, "message"),
        )
    )
    return f"{sizes} ({acts}); {faults_in_words(design)}"


def fairness_in_words(design: Design) -> str:
    """What is assumed of runs that never end."""
    assumed = design.fairness
    return f"fairness: delivery {assumed.delivery}, retry {assumed.retry}, faults {assumed.faults}"


def faults_in_words(design: Design) -> str:
    """Which faults may strike, and how often."""
    limits = {
        "loss": design.faults.loss,
        "duplication": design.faults.duplication,
        "crash": design.faults.crash,
        "offline": design.faults.offline,
    }
    words = [
        f"{name} any number" if limit == "unbounded" else f"{name} at most {limit}"
        for name, limit in limits.items()
        if limit != 0
    ]
    words += ["reordering"] if design.faults.reorder else []
    words += ["reordering of pushes"] if design.faults.reorder_pushes else []
    return "faults: " + (", ".join(words) or "none")
