"""Runs that never end, in every format: where the loop begins, and that it repeats."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import chain
from tests.traces.test_diagram import check
from unsay.engines.exhaustive import Exhaustive
from unsay.engines.protocol import Task
from unsay.engines.run import Replay, replay
from unsay.model.design import Design
from unsay.model.recall.machine import build_machine
from unsay.properties import PROPERTIES
from unsay.traces import TraceError, as_text, event_graph, load_trace, render, save_trace
from unsay.traces.story import tell

IN_VAIN = chain(2, 1, policies={"early_recall": "remember-until-first-send"})
"""A recall whose note is used up is never stored, so it is sent again for ever."""
LOST = chain(
    2, 2, policies={"retry": "none"}, faults={"loss": 1, "duplication": 0, "crash": 0, "offline": 0}
)
"""A recall that is lost and not sent again."""
RECURRING = chain(
    2, 2,
    faults={"loss": "unbounded", "duplication": 0, "crash": 0, "offline": "unbounded"},
    fairness={"delivery": "weak", "faults": "recurring"},
)  # fmt: skip
CASES: dict[str, tuple[Design, str]] = {
    "in vain": (IN_VAIN, "comes-to-rest"),
    "lost": (LOST, "converges"),
    "faults for ever": (RECURRING, "recall-terminates"),
}


@cache
def lasso(case: str) -> Replay:
    design, name = CASES[case]
    machine = build_machine(design)
    verdict = Exhaustive().check(Task(machine, [PROPERTIES[name]]))[name]
    assert verdict.run is not None
    run = replay(machine, verdict.run, PROPERTIES[name], verdict.loop)
    assert run.broken
    return run


@pytest.mark.parametrize("case", CASES)
def test_labels_do_not_overlap_and_the_loop_is_marked(case: str) -> None:
    texts = [t.text for t in check(lasso(case)).texts]
    assert PROPERTIES[CASES[case][1]].sentence.split()[0] in texts[0]
    if case == "lost":
        assert "for ever:" in texts
        assert "again and" not in texts
    else:
        assert texts[texts.index("again and") + 1] == "again"
        assert "after each" in texts


def test_the_verdict_says_how_it_goes_on() -> None:
    vain, lost = tell(lasso("in vain")), tell(lasso("lost"))
    first, last = (lasso("in vain").loop or 0) + 1, len(vain.events)
    assert vain.verdict == f"broken: steps {first} to {last} again and again"
    assert [e.number for e in vain.events if e.again] == list(range(first, last + 1))
    assert not any(e.breaks for e in vain.events)
    assert lost.verdict == "broken: nothing happens any more"
    assert lost.blame
    assert "command m1.recall" in vain.blame


def test_text_marks_the_loop() -> None:
    lines = as_text(lasso("in vain")).splitlines()
    start = lines.index("From here on, again and again:")
    number = (lasso("in vain").loop or 0) + 1
    assert lines[start + 1].split()[0] == str(number)
    assert f"And so on for ever, from step {number}." in lines
    assert "After each round" in lines
    still = as_text(lasso("lost")).splitlines()
    assert "Nothing happens any more." in still
    assert "For ever" in still


def test_graphs_lead_back_to_where_the_loop_begins() -> None:
    run = lasso("in vain")
    first, last = (run.loop or 0) + 1, len(run.steps)
    back = [(u, v) for u, v, kind in event_graph(run).edges(data="type") if kind == "again"]
    assert back == [(last, first)]
    dot, mermaid = render(run, "dot"), render(run, "mermaid")
    assert isinstance(dot, str)
    assert isinstance(mermaid, str)
    assert f'e{last} -> e{first} [label="again and again"' in dot
    assert "  loop again and again\n" in mermaid
    assert "again and again" in str(render(run, "graphml"))


@pytest.mark.parametrize("case", CASES)
def test_a_saved_lasso_comes_back(case: str, tmp_path: Path) -> None:
    path = tmp_path / "run.itf.json"
    save_trace(lasso(case), path)
    assert json.loads(path.read_text())["loop"] == lasso(case).loop
    again = load_trace(path)
    assert (again.steps, again.loop, again.broken) == (lasso(case).steps, lasso(case).loop, True)


def tampered(tmp_path: Path, **changes: Any) -> str:
    path = tmp_path / "run.itf.json"
    save_trace(lasso("in vain"), path)
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
    with pytest.raises(TraceError) as refused:
        load_trace(path)
    line = str(refused.value)
    assert "\n" not in line
    return line.removeprefix(f"{path}: ")


@pytest.mark.parametrize("loop", [-1, 99, True, "0", 1.5])
def test_a_loop_that_is_no_state_is_one_clear_line(loop: object, tmp_path: Path) -> None:
    last = len(lasso("in vain").steps)
    assert tampered(tmp_path, loop=loop) == (
        f'its "loop" is {json.dumps(loop)}, which is no state; allowed: 0 to {last}'
    )


def test_a_loop_that_does_not_close_is_one_clear_line(tmp_path: Path) -> None:
    assert tampered(tmp_path, loop=0).startswith("the loop does not close: ")


def test_a_loop_that_is_not_fair_is_one_clear_line(tmp_path: Path) -> None:
    last = len(lasso("in vain").steps)
    assert tampered(tmp_path, loop=last).startswith("it is not fair: retry(")


def test_a_lasso_without_its_loop_breaks_nothing(tmp_path: Path) -> None:
    assert tampered(tmp_path, loop=None).startswith('its status is not "ok"')
