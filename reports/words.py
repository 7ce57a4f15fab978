"""Scopes, faults and structures in words."""

from __future__ import annotations

from unsay.model.design import FOREVER, Design, MarketRule


def count(number: int, noun: str) -> str:
    """``1 node``, ``2 nodes``."""
    ends_in_y = noun.endswith("y") and noun[-2] not in "aeiou"
    many = f"{noun[:-1]}ies" if ends_in_y else f"{noun}s"
    return f"{number} {noun if number == 1 else many}"


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
    ends = lifetimes_in_words(design)
    return f"{sizes} ({acts}); {faults_in_words(design)}{f'; {ends}' if ends else ''}"


def fairness_in_words(design: Design) -> str:
    """What is assumed of runs that never end."""
    assumed = design.fairness
    return f"fairness: delivery {assumed.delivery}, retry {assumed.retry}, faults {assumed.faults}"


def faults_in_words(design: Design) -> str:
    """Which faults may strike, and how often."""
    words = [
        f"{name} any number" if limit == "unbounded" else f"{name} at most {limit}"
        for name, limit in design.faults
        if not isinstance(limit, bool) and limit != 0
    ]
    words += ["reordering"] if design.faults.reorder else []
    words += ["reordering of pushes"] if design.faults.reorder_pushes else []
    return "faults: " + (", ".join(words) or "none")


def lifetimes_in_words(design: Design) -> str:
    """What is said to end, and after how long; empty where nothing is."""
    words = [f"{name} {length}" for name, length in design.lifetimes if length != FOREVER]
    return "lifetimes: " + ", ".join(words) if words else ""


def demand_in_words(rule: MarketRule) -> str:
    """What a rule demands, in words."""
    days = f"{rule.days} days of the {rule.since}"
    after = f"{rule.days} days after the {rule.since}"
    what = {
        "content": "the content is",
        "record": "the record is",
        "message": "the content or the record is"
        if rule.demand == "retain-at-least"
        else "the content and the record are",
    }[rule.what]
    readers = ", ".join(rule.readers)
    return {
        "erase-within": f"the content is gone from every tier within {days}",
        "retain-at-least": f"{what} kept until at least {after}",
        "retain-at-most": f"{what} gone at most {after}",
        "no-cold-storage": "no content is in cold storage",
        "record-readable-by": f"the record can be read by {readers}",
        "record-readable-only-by": f"the record can be read by nobody but {readers}",
    }[rule.demand]
