"""Mechanisms that are sound alone and break something together, and the other way round.

Each case was said wrongly once, or is one step from one that was.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.helpers import NO_FAULTS, chain
from unsay.engines.exhaustive import Exhaustive
from unsay.engines.protocol import Task
from unsay.engines.run import Step, replay
from unsay.model.recall.machine import build_machine
from unsay.properties import PROPERTIES

IN_ORDER = {**NO_FAULTS, "reorder": False, "reorder_pushes": False}
CUT = {**NO_FAULTS, "partition": 1}
AWAY = {**NO_FAULTS, "offline": 1}
FOR_EVER = {"healing": "none"}
SWITCHING = {"dispatch": "chase", "early_recall": "drop", "retry": "none"}


def outcome(name: str, nodes: int, devices: int, **design: Any) -> str:
    machine = build_machine(chain(nodes, devices, **design))
    return Exhaustive().check(Task(machine, [PROPERTIES[name]]))[name].outcome.value


@pytest.mark.parametrize("deduplication", ["request-id", "none"])
def test_what_a_node_asks_for_is_no_repeat(deduplication: str) -> None:
    design = {
        "policies": {"backfill": "content", "deduplication": deduplication},
        "lifetimes": {"tombstone": "6h"},
        "faults": IN_ORDER,
    }
    assert outcome("no-resurrection", 2, 1, **design) == "VIOLATED"


def test_what_was_asked_for_since_is_still_to_come() -> None:
    design = {"lifetimes": {"tombstone": "7d", "retry_horizon": "7d"}}
    assert outcome("no-resurrection", 2, 2, fetching=True, **design) == "HOLDS"
    shorter = {"lifetimes": {"tombstone": "6d", "retry_horizon": "7d"}}
    assert outcome("no-resurrection", 2, 2, fetching=True, **shorter) == "VIOLATED"


@pytest.mark.parametrize("carrier", ["when-down", "measured"])
def test_carriers_keep_order_each_by_itself_only(carrier: str) -> None:
    design = {"policies": {**SWITCHING, "carrier": carrier}, "faults": {**IN_ORDER, "partition": 1}}
    assert outcome("agreement-at-rest", 2, 1, carriers=2, **design) == "VIOLATED"
    design["policies"] = {**SWITCHING, "carrier": "first"}
    assert outcome("agreement-at-rest", 2, 1, carriers=2, **design) == "HOLDS"


@pytest.mark.parametrize("backfill", ["none", "content"])
@pytest.mark.parametrize("carrier", ["when-down", "measured"])
def test_what_waits_for_a_failed_carrier_is_sent_by_the_other(carrier: str, backfill: str) -> None:
    policies = {"carrier": carrier, "backfill": backfill}
    design = {"policies": policies, "faults": CUT, "fairness": FOR_EVER}
    assert outcome("converges", 2, 1, carriers=2, **design) == "HOLDS"


@pytest.mark.parametrize(
    ("carrier", "verdict"),
    [("first", "HOLDS"), ("when-down", "VIOLATED"), ("measured", "VIOLATED")],
)
def test_what_was_sent_again_by_the_other_carrier_comes_late_as_well(
    carrier: str, verdict: str
) -> None:
    policies = {"carrier": carrier, "early_recall": "remember-until-first-send"}
    design = {"policies": policies, "faults": CUT}
    assert outcome("no-resurrection", 2, 1, carriers=2, **design) == verdict


def test_a_slow_copy_comes_late_as_well() -> None:
    policies = {"carrier": "measured", "early_recall": "remember-until-first-send"}
    assert outcome("no-resurrection", 2, 1, carriers=2, policies=policies) == "VIOLATED"


def test_a_horizon_ends_once_nothing_comes_by_either_carrier() -> None:
    design = {
        "policies": {"carrier": "measured"},
        "lifetimes": {"tombstone": "7d", "retry_horizon": "7d"},
    }
    assert outcome("no-resurrection", 2, 1, carriers=2, **design) == "HOLDS"


@pytest.mark.parametrize("partition", [1, 2])
def test_what_is_not_sent_again_comes_when_its_carrier_works_again(partition: int) -> None:
    policies = {"carrier": "measured", "retry": "none", "dispatch": "chase"}
    design = {"policies": policies, "faults": {**NO_FAULTS, "partition": partition}}
    assert outcome("converges", 2, 1, carriers=2, **design) == "HOLDS"


@pytest.mark.parametrize(("carrier", "verdict"), [("first", "HOLDS"), ("measured", "VIOLATED")])
def test_of_two_commands_either_comes_first_by_two_carriers(carrier: str, verdict: str) -> None:
    policies = {"carrier": carrier, "dispatch": "chase", "early_recall": "drop"}
    design = {"policies": policies, "faults": IN_ORDER}
    assert outcome("commands-commute", 2, 1, carriers=2, **design) == verdict


def test_what_is_forged_finds_a_carrier_that_works() -> None:
    design = {"policies": {"authority": "anyone"}, "faults": {**CUT, "forgery": 1}}
    machine = build_machine(chain(2, 1, carriers=2, **design))
    here, there = "singapore", "china"
    run = [
        Step("issue", ("m1.send", here)),
        Step("deliver", ("m1.send", here, there)),
        Step("cut_first", (here, there, "1")),
        Step("forge", ("m1.forged", here, there, "1")),
        Step("deliver_by_second", ("m1.forged", here, there)),
    ]
    assert replay(machine, run, PROPERTIES["authorised"]).broken


def test_what_is_fetched_keeps_the_order_of_its_link() -> None:
    design = {
        "policies": {"ordering": "last-arrival"},
        "faults": IN_ORDER,
        "scope": {"commands": ["recall", "restore"]},
    }
    assert outcome("agreement-at-rest", 2, 1, fetching=True, **design) == "HOLDS"


def test_a_cache_outlives_what_retention_deletes() -> None:
    policies = {"early_recall": "drop", "ack": "accepted", "dispatch": "flood"}
    late = {"message": "7d", "window": "7d"}
    design = {"lifetimes": late, "faults": IN_ORDER}
    with_cache = {**policies, "side_copies": "at-once"}
    assert outcome("agreement-at-rest", 2, 1, policies=with_cache, **design) == "VIOLATED"
    assert outcome("agreement-at-rest", 2, 1, policies=policies, **design) == "HOLDS"
    assert outcome("recall-terminates", 2, 1, policies=policies, **design) == "HOLDS"


def test_what_is_deleted_in_time_is_shown_by_nobody() -> None:
    lifetimes = {"message": "7d", "window": "2d", "retry_horizon": "1d"}
    design = {"lifetimes": lifetimes, "faults": AWAY}
    assert outcome("agreement-at-rest", 1, 1, **design) == "HOLDS"


@pytest.mark.parametrize("buffer", ["kept", "stopped"])
def test_a_message_in_a_buffer_is_in_no_row(buffer: str) -> None:
    """The recall goes nowhere, the sender is told that it is done, and then the message leaves."""
    design = {"policies": {"buffer": buffer}, "faults": IN_ORDER}
    assert outcome("tracking-complete", 2, 1, **design) == "VIOLATED"
    done = {"kept": "VIOLATED", "stopped": "HOLDS"}[buffer]
    assert outcome("confirmed-means-done", 2, 1, **design) == done


def test_a_quote_of_what_was_restored_is_no_harm() -> None:
    design = {
        "policies": {"quotes": "withdrawn"},
        "faults": NO_FAULTS,
        "scope": {"commands": ["recall", "restore"]},
    }
    assert outcome("quotes-withdrawn", 2, 1, **design) == "HOLDS"


def test_an_empty_cache_of_what_was_deleted_is_no_harm() -> None:
    lifetimes = {"message": "30d", "window": "1d", "retry_horizon": "1d"}
    design = {"policies": {"side_copies": "later"}, "lifetimes": lifetimes, "faults": IN_ORDER}
    assert outcome("agreement-at-rest", 2, 1, **design) == "HOLDS"


def test_a_quote_made_after_the_recall_is_forgotten_shows_what_was_recalled() -> None:
    policies = {"quotes": "withdrawn", "backfill": "content"}
    design = {"policies": policies, "lifetimes": {"tombstone": "6h"}, "faults": IN_ORDER}
    assert outcome("quotes-withdrawn", 2, 1, **design) == "VIOLATED"


@pytest.mark.parametrize(
    "design",
    [
        {"policies": {"early_recall": "drop"}, "lifetimes": {"message": "7d"}},
        {"policies": {"sync": "any-node"}, "faults": AWAY},
    ],
    ids=["deleted at home", "a device of the sender's own"],
)
def test_limited_patience_ends_every_wait(design: dict[str, Any]) -> None:
    policies = design["policies"]
    assert outcome("recall-terminates", 2, 1, **design) == "VIOLATED"
    patient = {**design, "policies": {**policies, "patience": "limited"}}
    assert outcome("recall-terminates", 2, 1, **patient) == "HOLDS"


def test_pushes_arrive_within_the_horizon() -> None:
    lifetimes = {"tombstone": "30d", "retry_horizon": "7d"}
    assert outcome("recall-kept-as-long", 1, 1, lifetimes=lifetimes) == "HOLDS"
    away = {"lifetimes": lifetimes, "faults": AWAY}
    assert outcome("recall-kept-as-long", 1, 1, **away) == "VIOLATED"
