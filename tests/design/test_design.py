"""The Design: what it resolves, that it cannot change, and what its fingerprint depends on."""

import copy
import json
import pickle
from typing import Any

import pytest
from hypothesis import given, settings
from pydantic import ValidationError

from unsay.model.design import (
    Design,
    DesignError,
    DeviceSpec,
    NodeSpec,
    Policies,
    design_from_data,
    parse_design,
)

from .samples import SMALL, designs, small


def test_defaults_that_come_from_other_keys() -> None:
    design = parse_design(SMALL.replace("[nodes.brazil]", '[nodes.brazil]\nregion = "BR"'))
    assert design.sender == "alice"
    assert {name: node.region for name, node in design.nodes.items()} == {
        "singapore": "singapore",
        "brazil": "BR",
    }


def test_every_default_is_the_sound_choice() -> None:
    assert parse_design(SMALL).resolved() == {
        "title": "Small",
        "about": "",
        "sources": [],
        "sender": "alice",
        "properties": [],
        "message_kinds": [],
        "nodes": {
            "singapore": {
                "region": "singapore",
                "market": "none",
                "fetches": False,
                "bridge": False,
            },
            "brazil": {"region": "brazil", "market": "none", "fetches": False, "bridge": False},
        },
        "links": [{"between": ["singapore", "brazil"], "fifo": False, "carriers": 1}],
        "devices": {
            "alice-phone": {"account": "alice", "home": "singapore"},
            "bob-phone": {"account": "bob", "home": "brazil"},
        },
        "accounts": {},
        "markets": {},
        "retention": {
            "hot": "free",
            "content": "free",
            "record": "free",
            "readers": [],
            "oldest": "any",
        },
        "policies": {
            "dispatch": "tracked",
            "tracking": "pushes-and-fetches",
            "buffer": "none",
            "carrier": "first",
            "backfill": "none",
            "echo": "recognised",
            "early_recall": "remember",
            "deduplication": "request-id",
            "request_record": "forever",
            "repeat_answer": "same",
            "ordering": "newest-version",
            "resend": "fresh-message",
            "retry": "until-acked",
            "superseded": "cancelled",
            "ack": "applied",
            "confirm": "all-acked",
            "patience": "forever",
            "sync": "full",
            "authority": "sender",
            "window": "once",
            "side_copies": "none",
            "placeholder": "always",
            "notifications": "none",
            "quotes": "none",
            "storage": "physical",
            "audit": "row",
            "durable": [
                "content",
                "tombstones",
                "requests",
                "tracking",
                "early-recalls",
                "audit-rows",
            ],
        },
        "lifetimes": {
            "tombstone": "forever",
            "request_id": "forever",
            "tracking_row": "forever",
            "message": "forever",
            "retry_horizon": "forever",
            "offline": "forever",
            "window": "forever",
            "backfill": "forever",
        },
        "faults": {
            "loss": "unbounded",
            "duplication": "unbounded",
            "crash": "unbounded",
            "offline": "unbounded",
            "wipe": 0,
            "partition": 0,
            "forgery": 0,
            "reorder": True,
            "reorder_pushes": True,
        },
        "fairness": {"delivery": "strong", "retry": "weak", "healing": "weak", "faults": "finite"},
        "scope": {"messages": 1, "commands": ["recall"]},
    }


def test_accounts_are_listed_once_in_order() -> None:
    text = SMALL + '[devices.alice-laptop]\naccount = "alice"\nhome = "brazil"\n'
    assert parse_design(text).owners == ("alice", "bob")


def test_the_graph_carries_regions_and_fifo() -> None:
    graph = parse_design(
        SMALL.replace('"brazil"]', '"brazil"]\nfifo = true').replace(
            "[nodes.brazil]", '[nodes.brazil]\nregion = "BR"'
        )
    ).graph()
    assert list(graph.nodes(data="region")) == [("singapore", "singapore"), ("brazil", "BR")]
    assert list(graph.edges(data="fifo")) == [("singapore", "brazil", True)]


def test_a_design_cannot_be_changed() -> None:
    design = parse_design(SMALL)
    with pytest.raises(ValidationError):
        design.title = "other"  # type: ignore[misc]
    with pytest.raises(ValidationError):
        design.policies.ack = "stored"  # type: ignore[misc]
    with pytest.raises(TypeError, match="a design cannot be changed"):
        design.nodes["x"] = NodeSpec()
    with pytest.raises(TypeError, match="a design cannot be changed"):
        design.devices.clear()
    for change in ("update", "pop", "popitem", "setdefault", "__delitem__"):
        with pytest.raises(TypeError, match="a design cannot be changed"):
            getattr(design.nodes, change)("brazil")
    with pytest.raises(TypeError, match="a design cannot be changed"):
        design.nodes |= {}  # type: ignore[misc]
    assert design == parse_design(SMALL)


def test_a_design_can_be_hashed_and_copied() -> None:
    design = parse_design(SMALL)
    assert len({design, parse_design(SMALL), small(ack="stored")}) == 2
    assert pickle.loads(pickle.dumps(design)) == copy.deepcopy(design) == design


def test_the_resolved_data_is_the_callers_own() -> None:
    design = parse_design(SMALL)
    data = design.resolved()
    data["nodes"].clear()
    data["policies"]["durable"].clear()
    assert design == parse_design(SMALL)


def test_a_design_made_in_python_is_checked_as_well() -> None:
    nodes, device = {"a": NodeSpec()}, DeviceSpec(account="x", home="a")
    design = Design(title="t", nodes=nodes, devices={"x": device})
    assert (design.sender, design.nodes["a"].region) == ("x", "a")
    named = Design(title="t", nodes={"a": NodeSpec(region="R")}, devices={"x": device})
    assert named.nodes["a"].region == "R"
    with pytest.raises(ValidationError, match=r'devices\.x\.home: unknown node "b"'):
        Design(title="t", nodes=nodes, devices={"x": DeviceSpec(account="x", home="b")})
    with pytest.raises(ValidationError, match="retry_limit: only allowed"):
        Policies(retry_limit=2)


def test_durable_tables_are_a_set() -> None:
    one, other = small(durable=["tracking", "content"]), small(durable=["content", "tracking"])
    assert one == other
    assert one.policies.durable == ("content", "tracking")


def test_with_scope() -> None:
    design = parse_design(SMALL)
    assert design.with_scope() == design
    wider = design.with_scope(messages=2, commands=("recall", "restore"))
    assert (wider.scope.messages, wider.scope.commands) == (2, ("recall", "restore"))
    assert wider.with_scope(messages=1).scope.commands == ("recall", "restore")
    assert wider.with_scope(commands=[]).scope.commands == ()
    assert wider.with_scope(1, ["recall"]) == design
    limited = small(retry="limited", retry_limit=3)
    assert limited.with_scope(messages=2).policies == limited.policies


@pytest.mark.parametrize(
    ("scope", "line"),
    [
        ({"messages": 5}, "messages: expected a whole number from 1 to 4, found 5"),
        ({"messages": True}, "messages: expected a whole number from 1 to 4, found true"),
        (
            {"commands": "recall"},
            'commands: expected an array of at most 5 values from "recall",'
            ' "admin-recall", "restore", "edit", "resend", found "recall"',
        ),
        (
            {"commands": ["resend"]},
            'commands[0]: "resend" needs a recall before it, but comes first;'
            " allowed here: recall, admin-recall, edit",
        ),
    ],
)
def test_with_a_scope_that_no_file_could_have(scope: dict[str, Any], line: str) -> None:
    with pytest.raises(DesignError) as caught:
        parse_design(SMALL).with_scope(**scope)
    assert caught.value.lines == (f"with_scope: scope.{line}",)


def test_the_fingerprint_is_pinned() -> None:
    # Traces keep fingerprints: changing this one makes every saved trace a stranger.
    pinned = "ad4da4a5ea5b3952fa4208bccc7dee1a09ff91fb45f7c9d9d3a1d34288237c9d"
    assert parse_design(SMALL).fingerprint() == pinned


def test_the_fingerprint_depends_on_behaviour_only() -> None:
    print_ = parse_design(SMALL).fingerprint()
    dressed = 'about = "x"\nsources = ["y"]\nproperties = ["z"]\nsender = "alice"\n' + SMALL
    turned = SMALL.replace('["singapore", "brazil"]', '["brazil", "singapore"]')
    moved = SMALL.replace(
        "[nodes.singapore]\n[nodes.brazil]\n", "[nodes.brazil]\n[nodes.singapore]\n"
    )
    same = [dressed, turned, moved, SMALL.replace("Small", "Other"), SMALL + "[faults]\n"]
    assert {parse_design(text).fingerprint() for text in same} == {print_}
    different = [
        'sender = "bob"\n' + SMALL,
        SMALL.replace("[nodes.brazil]", '[nodes.brazil]\nregion = "BR"'),
        SMALL.replace('"brazil"]', '"brazil"]\nfifo = true'),
        SMALL + "[faults]\nloss = 0\n",
        SMALL + "[faults]\nreorder = false\n",
        SMALL + "[faults]\nreorder_pushes = false\n",
        SMALL + '[fairness]\ndelivery = "weak"\n',
        SMALL + '[fairness]\nfaults = "recurring"\n',
        SMALL + "[scope]\nmessages = 2\n",
        SMALL + '[policies]\nretry = "limited"\n',
        SMALL + '[policies]\nretry = "limited"\nretry_limit = 2\n',
    ]
    assert len({print_, *(parse_design(text).fingerprint() for text in different)}) == 12


@settings(max_examples=200, deadline=None)
@given(designs())
def test_any_design_survives_being_resolved(data: dict[str, Any]) -> None:
    design = design_from_data(data)
    again = design_from_data(json.loads(json.dumps(design.resolved())))
    assert again == design
    assert hash(again) == hash(design)
    assert again.fingerprint() == design.fingerprint()
    assert list(again.resolved()) == list(Design.model_fields)
    assert json.dumps(again.resolved()) == json.dumps(design.resolved())
