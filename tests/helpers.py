"""Designs to test with: small ones by hand, and random ones over every policy."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from unsay.model.design import Design, design_from_data

NAMES = ("singapore", "china", "brazil")


def chain(nodes: int = 2, devices: int = 2, **sections: Any) -> Design:
    """A chain of nodes with the sender's device at one end and the receiver's at the other.

    ``sections`` are tables of the design file, such as ``policies={"dispatch": "chase"}``. Faults
    are off unless given.
    """
    names = NAMES[:nodes]
    homes = (names[0], names[-1], names[-1])
    owners = ("alice", "bob", "bob")
    data = {
        "title": "a chain",
        "nodes": {n: {} for n in names},
        "links": [{"between": [a, b]} for a, b in pairwise(names)],
        "devices": {f"d{i}": {"account": owners[i], "home": homes[i]} for i in range(devices)},
        "faults": {"loss": 0, "duplication": 0, "crash": 0, "offline": 0},
        **sections,
    }
    return design_from_data(data, "test")


POLICIES: dict[str, tuple[Any, ...]] = {
    "dispatch": ("tracked", "chase", "flood"),
    "early_recall": ("remember", "drop", "remember-until-first-send"),
    "deduplication": ("request-id", "none"),
    "request_record": ("forever", "expires"),
    "repeat_answer": ("same", "error"),
    "ordering": ("newest-version", "last-arrival"),
    "resend": ("fresh-message", "same-slot"),
    "retry": ("until-acked", "limited", "none"),
    "superseded": ("cancelled", "retried"),
    "ack": ("applied", "stored", "accepted"),
    "confirm": ("all-acked", "any-acked", "on-send"),
    "sync": ("full", "content-only", "push-only"),
    "durable": (
        ["content", "tombstones", "requests", "tracking", "early-recalls"],
        ["content"],
        [],
    ),
}
"""Every policy with its options, the sound one first."""


FAIRNESS: dict[str, tuple[str, ...]] = {
    "delivery": ("strong", "weak", "none"),
    "retry": ("weak", "none"),
    "faults": ("finite", "recurring"),
}
"""Every assumption about runs that never end with its options, the usual one first."""


@st.composite
def designs(draw: st.DrawFn, *, nodes: int = 2, commands: int = 2) -> Design:
    """Random designs over all policies and faults, small enough to search in full."""
    policies = {key: draw(st.sampled_from(options)) for key, options in POLICIES.items()}
    if policies["deduplication"] == "none":
        policies["request_record"], policies["repeat_answer"] = "forever", "same"
    limit = st.sampled_from([0, 0, 1])
    faults = {
        "loss": draw(limit),
        "duplication": draw(limit),
        "crash": draw(limit),
        "offline": draw(limit),
        "reorder": draw(st.booleans()),
        "reorder_pushes": draw(st.booleans()),
    }
    fairness = {key: draw(st.sampled_from(options)) for key, options in FAIRNESS.items()}
    acts = ["recall"]
    if commands > 1:
        acts = draw(
            st.sampled_from(
                [
                    ["recall"],
                    ["edit"],
                    ["edit", "recall"],
                    ["recall", "restore"],
                    ["recall", "resend"],
                ]
            )
        )
    return chain(
        draw(st.integers(1, nodes)),
        draw(st.integers(1, 2)),
        policies=policies,
        faults=faults,
        fairness=fairness,
        scope={"commands": acts},
    )
