"""Tampering: a trace that was changed anywhere is refused, with a line that says where."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.traces.files import SLOW, Data, data_of, refusal
from tests.traces.samples import EXAMPLES
from unsay import __version__
from unsay.traces import TraceError, load_trace

Change = Callable[[Data], object]


def change_value(data: Data) -> None:
    data["states"][4]["newest"]["#map"][1][1] = "v2"


def drop_member(data: Data) -> None:
    data["states"][2]["wire"]["#set"].pop()


def swap_steps(data: Data) -> None:
    states = data["states"]
    for key in ("mbt::actionTaken", "mbt::nondetPicks"):
        states[1][key], states[3][key] = states[3][key], states[1][key]


def change_pick(name: str, value: Any) -> Change:
    return lambda data: data["states"][3]["mbt::nondetPicks"].update({name: value})


def some(value: Any) -> Data:
    return {"tag": "Some", "value": value}


TAMPERING: list[tuple[Change, str]] = [
    (change_value, "state 4: newest[china, m1] is v2 in the trace, but v1 in the replay"),
    (drop_member, "state 2: wire[m1.recall, singapore, china] is false in the trace, but true in"),
    (swap_steps, "step 1, deliver(m1.recall, singapore, china): blocked by in_flight"),
    (lambda d: d["states"].pop(), "is truncated or extended: it has 4 states, but a run of 4"),
    (lambda d: d["states"].pop(2), "state 2: is numbered 3: states are missing, or are not in"),
    (lambda d: d["states"].reverse(), "state 0: is numbered 4: states are missing, or are not"),
    (lambda d: d["states"].clear(), 'is not a complete ITF trace: no "states"'),
    (lambda d: d.pop("states"), 'is not a complete ITF trace: no "states"'),
    (lambda d: d["#meta"].pop("steps"), 'is not a complete trace: no number of "steps"'),
    (lambda d: d["#meta"].update(steps=True), 'is not a complete trace: no number of "steps"'),
    (lambda d: d["states"].__setitem__(1, 7), 'state 1: has no "#meta" with its "index"'),
    (lambda d: d["states"][1].pop("#meta"), 'state 1: has no "#meta" with its "index"'),
    (lambda d: d["states"][1].pop("wire"), "state 1: table wire is missing"),
    (lambda d: d["states"][1].update(extra=1), 'state 1: the machine has no table "extra"'),
    (
        lambda d: d["states"][1].update(wire=["m1.send"]),
        'state 1: wire is not written as {"#set": [...]}',
    ),
    (
        lambda d: d["states"][1]["wire"]["#set"].append({"#tup": ["m1.send", "mars", "china"]}),
        'state 1: wire names "mars", but the design has no such Node',
    ),
    (
        lambda d: d["states"][1]["wire"]["#set"].append({"#tup": ["m1.send"]}),
        "state 1: wire has 1 arguments where it takes 3",
    ),
    (
        lambda d: d["states"][1]["online"]["#set"].append("bob-phone"),
        "state 1: online has a member twice",
    ),
    (lambda d: d["states"][1]["told"]["#map"].pop(), "state 1: told has no entry for told[m1."),
    (
        lambda d: d["states"][1]["told"]["#map"].append(["m1.send", "done"]),
        "state 1: told has a key twice",
    ),
    (
        lambda d: d["states"][1]["told"]["#map"].append(1),
        "state 1: told has an entry that is no pair of key and value",
    ),
    (
        lambda d: d["states"][3].update({"mbt::actionTaken": "teleport\n"}),
        'state 3: the design\'s machine has no rule "teleport\\n"',
    ),
    (
        lambda d: d["states"][3].pop("mbt::actionTaken"),
        'state 3: no "mbt::actionTaken" with "mbt::nondetPicks"',
    ),
    (
        change_pick("u", some("mars")),
        "deliver(m1.recall, mars, china): the design has no Node mars",
    ),
    (change_pick("u", some(5)), 'state 3: pick "u" is neither Some nor None'),
    (change_pick("u", "singapore"), 'state 3: pick "u" is neither Some nor None'),
    (
        change_pick("n", some("1")),
        "state 3: rule deliver takes c, u, v, but was given",
    ),
    (
        lambda d: d["states"][0].update({"mbt::actionTaken": "issue"}),
        'state 0: is not the initial state, "init" without picks',
    ),
    (
        lambda d: d["#meta"].update(fingerprint="0" * 64),
        "the design in it does not have the fingerprint that the trace gives",
    ),
    (
        lambda d: d["#meta"]["design"]["policies"].update(ordering="newest-version"),
        "the design in it does not have the fingerprint that the trace gives",
    ),
    (
        lambda d: d["#meta"]["design"]["policies"].update(ordering="newest"),
        "the design in it: policies.ordering: ",
    ),
    (lambda d: d["#meta"].update(design=[]), "the design in it: "),
    (
        lambda d: d["#meta"]["property"].update(name="no-such-thing"),
        'is of an unknown property "no-such-thing"; known: ',
    ),
    (lambda d: d["#meta"].update(property=[]), "is of an unknown property without a name; known:"),
    (
        lambda d: d["#meta"].update(status="ok"),
        'its status is not "violation", but the replay breaks version-override',
    ),
    (
        lambda d: d["#meta"]["property"].update(name="no-over-recall"),
        'its status is not "ok", but the replay does not break no-over-recall',
    ),
]


@pytest.mark.parametrize(("change", "expected"), TAMPERING, ids=[line for _, line in TAMPERING])
def test_tampered_trace(tmp_path: Path, change: Change, expected: str) -> None:
    data = data_of("last-arrival")
    change(data)
    assert refusal(tmp_path / "run.itf.json", data).startswith(expected)


def test_several_mistakes_in_the_design_are_one_line(tmp_path: Path) -> None:
    data = data_of("last-arrival")
    data["#meta"]["design"] |= {"nodes": 1, "links": 2}
    assert refusal(tmp_path / "run.itf.json", data).endswith(" more)")


def test_other_version_is_told_where_the_replay_differs(tmp_path: Path) -> None:
    data = data_of("last-arrival")
    data["#meta"]["unsay"] = "0.0.1"
    path = tmp_path / "run.itf.json"
    path.write_text(json.dumps(data))
    assert load_trace(path).broken
    change_value(data)
    assert refusal(path, data).endswith(f'(the trace is of Unsay "0.0.1", this is {__version__})')


def leaves(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of all values that hold no others."""
    items = data.items() if isinstance(data, dict) else enumerate(data)
    found: list[tuple[Any, ...]] = []
    for key, value in items:
        here = (*path, key)
        deeper = leaves(value, here) if isinstance(value, (dict, list)) else []
        found += deeper or [here]
    return found


@settings(SLOW, max_examples=60)
@given(
    st.sampled_from(sorted(EXAMPLES)),
    st.integers(0, 10**6),
    st.sampled_from([None, True, 0, -1, 1.5, "", "v1", "none", "m1.send", [], {}, {"#tup": []}]),
)
def test_no_changed_value_in_a_state_goes_through(
    tmp_path: Path, name: str, choice: int, value: Any
) -> None:
    data = data_of(name)
    places = leaves(data["states"])
    place = places[choice % len(places)]
    inner = data["states"]
    for key in place[:-1]:
        inner = inner[key]
    before = copy.deepcopy(inner[place[-1]])
    inner[place[-1]] = value
    unchanged = before == value and type(before) is type(value)
    if not unchanged:
        assert refusal(tmp_path / "run.itf.json", data)


@settings(SLOW, max_examples=60)
@given(st.integers(0, 10**6), st.sampled_from([None, True, -1, "", "x\ny", [], {}, ["singapore"]]))
def test_no_changed_header_ends_in_a_traceback(tmp_path: Path, choice: int, value: Any) -> None:
    data = data_of("push-only")
    places = leaves(data["#meta"])
    place = places[choice % len(places)]
    inner = data["#meta"]
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    path = tmp_path / "run.itf.json"
    path.write_text(json.dumps(data))
    # Either it says in one line why not, or what changed has no bearing on the run (a title).
    line = ""
    try:
        loaded = load_trace(path)
    except TraceError as error:
        line = str(error)
    assert line.isprintable()
    assert line or loaded.broken
