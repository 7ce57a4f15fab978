"""Runs for the tests: five broken designs with their shortest runs, and random walks."""

from __future__ import annotations

import random
from collections.abc import Mapping
from functools import cache
from typing import Any, get_args

from hypothesis import strategies as st

from unsay.engines.run import Replay, Step, replay
from unsay.model.design import Act, Design, DesignError, Policies, design_from_data
from unsay.model.readings.compiled import compile_machine
from unsay.model.recall.machine import build_machine
from unsay.properties import PROPERTIES

EXAMPLES: dict[str, tuple[dict[str, Any], str, str]] = {
    "last-arrival": (
        {"ordering": "last-arrival"},
        "version-override",
        "issue(m1.send, singapore); issue(m1.recall, singapore);"
        " deliver(m1.recall, singapore, china); deliver(m1.send, singapore, china)",
    ),
    "push-only": (
        {"sync": "push-only"},
        "agreement-at-rest",
        "issue(m1.send, singapore); deliver(m1.send, singapore, china);"
        " update_device(m1.send, alice-phone); disconnect(bob-phone, 1);"
        " acknowledge(m1.send, china); hear_ack(m1.send, china, singapore); reconnect(bob-phone)",
    ),
    "note-used-up": (
        {"early_recall": "remember-until-first-send", "deduplication": "none"},
        "no-resurrection",
        "issue(m1.send, singapore); issue(m1.recall, singapore);"
        " deliver(m1.recall, singapore, china); duplicate(m1.send, singapore, china, 1);"
        " deliver(m1.send, singapore, china)",
    ),
    "no-retry": (
        {"retry": "none"},
        "agreement-at-rest",
        "issue(m1.send, singapore); issue(m1.recall, singapore); give_up(m1.recall, singapore);"
        " deliver(m1.send, singapore, china); update_device(m1.send, alice-phone);"
        " update_device(m1.recall, alice-phone); lose(m1.recall, singapore, china, 1);"
        " crash(china, 1); reconnect(bob-phone)",
    ),
    "error-answer": (
        {"repeat_answer": "error"},
        "idempotent-effects",
        "issue(m1.send, singapore); issue(m1.recall, singapore);"
        " duplicate(m1.recall, singapore, china, 1); deliver(m1.recall, singapore, china);"
        " hear_refusal(m1.recall, china, singapore)",
    ),
}


def steps(text: str) -> list[Step]:
    """``deliver(c, u, v); crash(v, 1)`` as steps."""
    found = []
    for call in text.split(";"):
        rule, arguments = call.strip().removesuffix(")").split("(")
        found.append(Step(rule, tuple(a.strip() for a in arguments.split(","))))
    return found


def two_nodes(lifetimes: Mapping[str, str] | None = None, **policies: Any) -> Design:
    """Singapore with Alice's phone, linked to China with Bob's."""
    return design_from_data(
        {
            "title": "Two regions",
            "nodes": {"singapore": {}, "china": {}},
            "links": [{"between": ["singapore", "china"]}],
            "devices": {
                "alice-phone": {"account": "alice", "home": "singapore"},
                "bob-phone": {"account": "bob", "home": "china"},
            },
            "policies": policies,
            "lifetimes": lifetimes or {},
        }
    )


@cache
def example(name: str) -> Replay:
    """One of ``EXAMPLES``, replayed: each breaks its property at its last step."""
    policies, claim, text = EXAMPLES[name]
    run = replay(build_machine(two_nodes(**policies)), steps(text), PROPERTIES[claim])
    assert run.broken
    return run


def walk(design: Design, length: int, seed: int, claim: str | None = None) -> Replay:
    """A random run of at most ``length`` steps."""
    machine = build_machine(design)
    program = compile_machine(machine)
    choose = random.Random(seed)
    state, taken = program.initial, []
    for _ in range(length):
        options = program.successors(state)
        if not options:
            break
        # Evenly among rules first, or the many losses would leave nothing to see.
        rules = sorted({program.actions[number].rule.name for number, _ in options})
        rule = choose.choice(rules)
        possible = [o for o in options if program.actions[o[0]].rule.name == rule]
        number, state = choose.choice(possible)
        taken.append(Step(rule, program.names(program.actions[number])))
    return replay(machine, taken, PROPERTIES[claim] if claim else None)


WORDS = ("eu", "brazil-south-east-cluster", "cn", "singapore", "us-west", "a", "phone", "tablet")


@st.composite
def designs(draw: st.DrawFn, nodes_max: int = 5, devices_max: int = 6) -> Design:
    """Any design of a few nodes and devices: any policies, any faults, odd names."""
    name = st.sampled_from(WORDS)
    nodes = [f"{draw(name)[:20]}-{i}" for i in range(draw(st.integers(1, nodes_max)))]
    devices = [f"{draw(name)[:20]}-{i}" for i in range(draw(st.integers(1, devices_max)))]
    regions = st.sampled_from(["EU", "Asia & Pacific <1>", "x" * 24, "南美洲", 'a "b"'])
    data: dict[str, Any] = {
        "title": draw(st.sampled_from(["A design", "<b>&amp;\"'", "撤回 № 1", "W" * 150])),
        "nodes": {n: {"region": draw(regions)} for n in nodes},
        "links": [
            {"between": [nodes[draw(st.integers(0, i - 1))], nodes[i]], "fifo": draw(st.booleans())}
            for i in range(1, len(nodes))
        ],
        "devices": {
            d: {
                "account": draw(st.sampled_from(["alice", "b" * 24])),
                "home": draw(st.sampled_from(nodes)),
            }
            for d in devices
        },
        "policies": draw(_policies()),
        "faults": {
            **{k: draw(st.sampled_from([0, 1, 2, "unbounded"])) for k in _FAULTS},
            "reorder": draw(st.booleans()),
            "reorder_pushes": draw(st.booleans()),
        },
        "scope": {"messages": draw(st.integers(1, 2)), "commands": draw(_commands())},
    }
    return design_from_data(data)


_FAULTS = ("loss", "duplication", "crash", "offline")


@st.composite
def _policies(draw: st.DrawFn) -> dict[str, Any]:
    chosen: dict[str, Any] = {}
    for key, field in Policies.model_fields.items():
        words = get_args(field.annotation)
        if key == "durable":
            chosen[key] = draw(st.lists(st.sampled_from(field.default), unique=True))
        elif words and all(isinstance(w, str) for w in words):
            chosen[key] = draw(st.sampled_from(words))
    chosen["window"] = "once"  # the other option needs a window
    if chosen["deduplication"] == "none":
        # What a node without a record cannot do, a design may not ask for.
        chosen |= {"request_record": "forever", "repeat_answer": "same"}
    if "tombstones" in chosen["durable"] and "early-recalls" not in chosen["durable"]:
        chosen["durable"].append("early-recalls")  # remembered as tombstones
    return chosen


@st.composite
def _commands(draw: st.DrawFn) -> list[str]:
    acts: list[str] = []
    for _ in range(draw(st.integers(0, 3))):
        options = ["recall", "edit"]
        options += ["resend"] if "recall" in acts else []
        options += ["restore"] if acts[-1:] == ["recall"] else []
        assert set(options) <= set(get_args(Act))
        acts.append(draw(st.sampled_from(options)))
    return acts


@st.composite
def runs(draw: st.DrawFn, length: int = 25, nodes_max: int = 5, devices_max: int = 6) -> Replay:
    """A random run of a random design, with a property to judge or without."""
    design = draw(designs(nodes_max, devices_max))
    claim = draw(st.sampled_from([None, *PROPERTIES]))
    return walk(design, draw(st.integers(0, length)), draw(st.integers(0, 2**16)), claim)


__all__ = ["EXAMPLES", "DesignError", "designs", "example", "runs", "steps", "two_nodes", "walk"]
