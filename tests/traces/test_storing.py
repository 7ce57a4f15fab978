"""Trace files: what is saved loads as the same run, and nothing else loads."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given

from tests.traces.files import SLOW, data_of, refusal
from tests.traces.samples import EXAMPLES, example, runs, two_nodes
from unsay import __version__
from unsay.engines.run import Replay, replay
from unsay.model.design import design_from_data
from unsay.model.recall.machine import build_machine
from unsay.properties import PROPERTIES
from unsay.traces import TraceError, load_trace, save_trace
from unsay.traces.itf import as_itf


def same(one: Replay, other: Replay) -> bool:
    return (one.steps, one.states, one.broken, one.property, one.machine) == (
        other.steps,
        other.states,
        other.broken,
        other.property,
        other.machine,
    )


@pytest.mark.parametrize("name", EXAMPLES)
def test_round_trip(name: str, tmp_path: Path) -> None:
    path = tmp_path / "run.itf.json"
    save_trace(example(name), path)
    loaded = load_trace(path)
    assert same(loaded, example(name))
    assert loaded.machine.design == example(name).machine.design
    assert as_itf(loaded) == path.read_text(encoding="utf-8")


@SLOW
@given(runs())
def test_round_trip_of_any_run(tmp_path: Path, run: Replay) -> None:
    path = tmp_path / "run.itf.json"
    save_trace(run, path)
    assert same(load_trace(path), run)


def test_run_without_property_or_steps(tmp_path: Path) -> None:
    path = tmp_path / "run.itf.json"
    empty = replay(build_machine(two_nodes()), [])
    save_trace(empty, path)
    assert same(load_trace(path), empty)


def test_design_may_be_demanded(tmp_path: Path) -> None:
    path = tmp_path / "run.itf.json"
    save_trace(example("push-only"), path)
    same_behaviour = design_from_data({**two_nodes(sync="push-only").resolved(), "title": "Other"})
    assert load_trace(path, design=same_behaviour).broken
    with pytest.raises(TraceError, match="is a trace of another design: ") as caught:
        load_trace(path, design=two_nodes())
    assert '"Two regions"' in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_format_is_itf() -> None:
    data = data_of("last-arrival")
    meta = data["#meta"]
    assert meta["format"] == "ITF"
    assert meta["unsay"] == __version__
    assert meta["status"] == "violation"
    assert meta["property"] == {
        "name": "version-override",
        "sentence": PROPERTIES["version-override"].sentence,
    }
    assert meta["design"] == two_nodes(ordering="last-arrival").resolved()
    assert meta["fingerprint"] == two_nodes(ordering="last-arrival").fingerprint()
    assert "version-override: broken at step 4 of 4" in meta["description"]
    assert len(data["states"]) == meta["steps"] + 1 == 5
    for index, state in enumerate(data["states"]):
        assert state["#meta"] == {"index": index}
        assert set(data["vars"]) == set(state) - {"#meta"}


def test_states_are_written_as_apalache_and_quint_write_them() -> None:
    first, second = data_of("last-arrival")["states"][:2]
    assert first["mbt::actionTaken"] == "init"
    none = {"tag": "None", "value": {"#tup": []}}
    assert all(pick == none for pick in first["mbt::nondetPicks"].values())
    assert second["mbt::actionTaken"] == "issue"
    picks = second["mbt::nondetPicks"]
    assert picks["c"] == {"tag": "Some", "value": "m1.send"}
    assert picks["v"] == {"tag": "Some", "value": "singapore"}
    assert picks["d"] == none
    assert second["wire"] == {"#set": [{"#tup": ["m1.send", "singapore", "china"]}]}
    assert second["online"] == {"#set": ["alice-phone", "bob-phone"]}
    assert second["told"] == {"#map": [["m1.send", "waiting"], ["m1.recall", "waiting"]]}
    held = {tuple(key["#tup"]): value for key, value in second["newest"]["#map"]}
    assert held == {("singapore", "m1"): "v1", ("china", "m1"): "none"}


def test_missing_file_and_directory(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match=r"missing.itf.json: no such file$"):
        load_trace(tmp_path / "missing.itf.json")
    with pytest.raises(TraceError, match=r"is a directory; expected a trace file$"):
        load_trace(tmp_path)
    with pytest.raises(TraceError, match=r"cannot be the name of a file$"):
        load_trace("a\0b")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("hello", "is not JSON: expecting value at line 1, column 1"),
        ('{\n  "a": 1,\n  b}', "is not JSON: expecting property name"),
        ("", "is not JSON: expecting value at line 1, column 1"),
        (b"\xff\xfe", "is not UTF-8 text: byte 0xff at 0"),
        ("[" * 100_000, "is not a trace: its JSON is nested too deeply"),
        ("1" * 5000, "is not JSON: Exceeds the limit"),
        ("[]", 'is not an ITF trace: no "#meta" with "format": "ITF"'),
        ("null", 'is not an ITF trace: no "#meta" with "format": "ITF"'),
        ('{"#meta": {"format": "TLC"}}', 'is not an ITF trace: no "#meta" with "format": "ITF"'),
        (
            '{"#meta": {"format": "ITF"}, "vars": [], "states": []}',
            'is an ITF trace, but not one of Unsay\'s: no "design" in "#meta"',
        ),
    ],
)
def test_other_files(tmp_path: Path, content: str | bytes, expected: str) -> None:
    assert refusal(tmp_path / "run.itf.json", content).startswith(expected)


def test_json_error_tells_line_and_column(tmp_path: Path) -> None:
    line = refusal(tmp_path / "x.itf.json", '{\n  "a": 1,\n  b}')
    assert line.endswith("at line 3, column 3")


@pytest.mark.parametrize("seed", range(20))
def test_file_cut_off_anywhere(tmp_path: Path, seed: int) -> None:
    content = as_itf(example("no-retry")).rstrip().encode()
    cut = random.Random(seed).randrange(1, len(content))
    line = refusal(tmp_path / "run.itf.json", content[:cut])
    assert line.startswith(("is cut off: ", "is not UTF-8"))
