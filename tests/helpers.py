"""Designs to test with: small ones by hand, and random ones over every policy."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, get_args

from hypothesis import strategies as st

from unsay.model.design import Design, DurableTable, design_from_data

NAMES = ("singapore", "china", "brazil")
NO_FAULTS = {"loss": 0, "duplication": 0, "crash": 0, "offline": 0}
"""None of the usual faults; what is rarer is off unless it is asked for."""


def chain(
    nodes: int = 2,
    devices: int = 2,
    fetching: bool = False,
    carriers: int = 1,
    bridge: bool = False,
    **sections: Any,
) -> Design:
    """A chain of nodes with the sender's device at one end and the receiver's at the other.

    With ``fetching``, the node at the receiver's end is sent nothing; it may be a ``bridge``. Each
    link has so many ``carriers``. ``sections`` are tables of the design file, such as
    ``policies={"dispatch": "chase"}``. Faults are off unless given.
    """
    names = NAMES[:nodes]
    homes = (names[0], names[-1], names[-1])
    owners = ("alice", "bob", "bob")
    data = {
        "title": "a chain",
        "nodes": {
            n: {
                "fetches": fetching and n == names[-1],
                "bridge": bridge and n == names[-1] and nodes > 1,
            }
            for n in names
        },
        "links": [{"between": [a, b], "carriers": carriers} for a, b in pairwise(names)],
        "devices": {f"d{i}": {"account": owners[i], "home": homes[i]} for i in range(devices)},
        "faults": NO_FAULTS,
        **sections,
    }
    return design_from_data(data, "test")


FAULTS = ("loss", "duplication", "crash", "offline", "wipe", "partition", "forgery")
POLICIES: dict[str, tuple[Any, ...]] = {
    "dispatch": ("tracked", "chase", "flood", "gossip"),
    "tracking": ("pushes-and-fetches", "pushes"),
    "buffer": ("none", "stopped", "kept"),
    "carrier": ("first", "when-down", "measured"),
    "backfill": ("none", "content"),
    "echo": ("recognised", "relayed"),
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
    "patience": ("forever", "limited"),
    "sync": ("full", "content-only", "new-only", "gappy", "any-node", "push-only"),
    "window": ("once", "each-receiver"),
    "authority": ("sender", "sender-or-admin", "unless-early", "anyone"),
    "side_copies": ("none", "at-once", "later", "never"),
    "notifications": ("none", "withdrawn", "kept"),
    "placeholder": ("always", "if-seen", "never"),
    "quotes": ("none", "withdrawn", "kept"),
    "storage": ("physical", "logical", "tiered"),
    "audit": ("row", "none"),
    "durable": (
        list(get_args(DurableTable)),
        ["content"],
        [],
    ),
}
"""Every policy with its options, the sound one first."""


FAIRNESS: dict[str, tuple[str, ...]] = {
    "delivery": ("strong", "weak", "none"),
    "retry": ("weak", "none"),
    "healing": ("weak", "none"),
    "faults": ("finite", "recurring"),
}
"""Every assumption about runs that never end with its options, the usual one first."""


def star(leaves: int, devices: int = 0, more: int = 0, **sections: Any) -> Design:
    """A hub with the sender's device, around it leaves that are alike.

    Each leaf has so many ``devices`` of one account; the first leaf has so many ``more``.
    ``sections`` as for ``chain``.
    """
    names = [f"leaf{i}" for i in range(1, leaves + 1)]
    homes = [n for n in names for _ in range(devices)] + names[:1] * more
    data = {
        "title": "a star",
        "nodes": {n: {} for n in ("hub", *names)},
        "links": [{"between": ["hub", n]} for n in names],
        "devices": {
            "sender": {"account": "alice", "home": "hub"},
            **{f"d{i}": {"account": "bob", "home": h} for i, h in enumerate(homes, start=1)},
        },
        "faults": NO_FAULTS,
        **sections,
    }
    return design_from_data(data, "test")


@st.composite
def symmetric_designs(draw: st.DrawFn) -> Design:
    """Random designs over all policies in which something is alike, small enough to search."""
    policies = draw(_policies())
    leaves, devices, more, messages, acts = draw(
        st.sampled_from(
            [
                (2, 0, 0, 1, ["recall"]),
                (1, 0, 2, 1, ["recall"]),
                (1, 0, 2, 1, ["recall", "restore"]),
                (2, 0, 0, 1, ["edit"]),
                (1, 0, 0, 2, []),
                (3, 0, 0, 1, []),
                (2, 1, 0, 1, []),
            ]
        )
    )
    scope = {"messages": messages, "commands": acts}
    return star(leaves, devices, more, policies=policies, faults=draw(_faults()), scope=scope)


@st.composite
def _policies(draw: st.DrawFn) -> dict[str, Any]:
    policies = {key: draw(st.sampled_from(options)) for key, options in POLICIES.items()}
    policies["window"] = "once"  # the other option needs a window
    if policies["deduplication"] == "none":
        policies["request_record"], policies["repeat_answer"] = "forever", "same"
    return policies


@st.composite
def _lifetimes(draw: st.DrawFn, policies: dict[str, Any]) -> dict[str, Any]:
    """What is remembered, mostly for ever; and horizons on either side of it."""
    horizon, memory = st.sampled_from(["1h", "forever"]), st.sampled_from(["forever", "1min", "1d"])
    lifetimes = {key: draw(horizon) for key in ("retry_horizon", "offline", "window")}
    if draw(st.booleans()):
        lifetimes["tombstone"] = draw(memory)
    if policies["request_record"] == "expires":
        lifetimes["request_id"] = draw(memory)
    if policies["dispatch"] == "tracked":
        lifetimes["tracking_row"] = draw(memory)
    if policies["backfill"] != "none":
        lifetimes["backfill"] = draw(horizon)
    if draw(st.integers(0, 3)) == 3:
        lifetimes["message"] = draw(memory)
    return lifetimes


@st.composite
def _faults(draw: st.DrawFn) -> dict[str, Any]:
    limit = st.sampled_from([0, 0, 1])
    return {
        "loss": draw(limit),
        "duplication": draw(limit),
        "crash": draw(limit),
        "offline": draw(limit),
        "wipe": draw(st.sampled_from([0, 0, 0, 1])),
        "partition": draw(st.sampled_from([0, 0, 0, 1])),
        "forgery": draw(st.sampled_from([0, 0, 0, 1])),
        "reorder": draw(st.booleans()),
        "reorder_pushes": draw(st.booleans()),
    }


@st.composite
def designs(draw: st.DrawFn, *, nodes: int = 2, commands: int = 2) -> Design:
    """Random designs over all policies and faults, small enough to search in full."""
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
                    ["admin-recall"],
                ]
            )
        )
    policies = draw(_policies())
    lifetimes = draw(_lifetimes(policies))
    if lifetimes["window"] != "forever":
        policies["window"] = draw(st.sampled_from(["once", "each-receiver"]))
    size = draw(st.integers(1, nodes))
    return chain(
        size,
        draw(st.integers(1, 2)),
        fetching=size > 1 and draw(st.integers(0, 3)) == 3,
        carriers=draw(st.sampled_from([1, 1, 2])),
        bridge=draw(st.integers(0, 3)) == 3,
        policies=policies,
        lifetimes=lifetimes,
        faults=draw(_faults()),
        fairness=fairness,
        scope={"commands": acts},
    )
