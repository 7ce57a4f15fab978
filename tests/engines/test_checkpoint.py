"""Checkpoints: a run that is killed goes on, says the same, and no other folder passes for its own.

Real processes are killed with SIGKILL, which nothing in them can answer.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import chain
from unsay.engines import checkpoint, exhaustive
from unsay.engines.check import Options, check_design, checkpoint_of
from unsay.engines.checkpoint import Checkpoint, CheckpointError, Kept, identity, open_checkpoint
from unsay.engines.exhaustive import Exhaustive
from unsay.engines.explicit import Explicit
from unsay.engines.protocol import Engine, Task
from unsay.engines.verdict import Verdict
from unsay.model.recall.machine import build_machine
from unsay.model.recall_bench import Size, build_bench
from unsay.properties import PROPERTIES
from unsay.properties.recall_bench import BENCH_PROPERTIES

ENGINES: dict[str, Engine] = {e.name: e for e in (Exhaustive(), Explicit())}

SOUND = chain(2, 1, faults={"loss": 1, "duplication": 1, "crash": 0, "offline": 0})
BROKEN = chain(2, 1, policies={"confirm": "on-send"})
NAMES = ("confirmed-means-done", "agreement-at-rest", "no-resurrection")


def task_of(which: str) -> Task:
    """A search that is large enough to be killed in the middle of it."""
    if which == "bench":
        return Task(build_bench(Size(4, 1, 1)), BENCH_PROPERTIES, reductions=False)
    if which == "large":
        return Task(build_bench(Size(4, 2, 2)), BENCH_PROPERTIES, reductions=False)
    if which == "symmetric":
        return Task(build_bench(Size(3, 2, 1)), BENCH_PROPERTIES)
    properties = [PROPERTIES[name] for name in NAMES]
    return Task(build_machine(SOUND if which == "sound" else BROKEN), properties)


def opened(folder: Path, task: Task, seconds: float = 0.0) -> Task:
    run = identity([("a design", task.machine, task.properties)], reductions=task.reductions)
    return replace(task, kept=Kept(open_checkpoint(folder, run, seconds)))


def said(verdicts: dict[str, Verdict]) -> dict[str, Verdict]:
    """Verdicts without their times."""
    return {name: replace(v, seconds=0.0) for name, v in verdicts.items()}


CHILD = """
import os, signal, sys
from pathlib import Path
from tests.engines import test_checkpoint as here
from unsay.engines import checkpoint, exhaustive, explicit
which, engine, folder, moment, where = sys.argv[1:]
explicit._LOOK_EVERY = 64
checkpoint._COST_SHARE = 1e9
if which in ("sound", "broken"):
    exhaustive._WHOLE_NODES_MAX = -1
left = int(moment)
def count(point):
    global left
    if point == where:
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
fsync, rename = os.fsync, Path.replace
def flushed(handle):
    count("written")
    fsync(handle)
def renamed(path, target):
    count("flushed")
    found = rename(path, target)
    count("renamed")
    return found
os.fsync, Path.replace = flushed, renamed
task = here.opened(Path(folder), here.task_of(which))
here.ENGINES[engine].check(task)
print("ended")
"""


def sitting(which: str, engine: str, folder: Path, moment: int, where: str) -> bool:
    """Search in a process of its own, killed at that moment; whether it came to the end."""
    command = [sys.executable, "-c", CHILD, which, engine, str(folder), str(moment), where]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode == 0


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unsay.engines.explicit._LOOK_EVERY", 64)
    monkeypatch.setattr(checkpoint, "_COST_SHARE", 1e9)


def prepared(which: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if which in ("sound", "broken"):
        monkeypatch.setattr(exhaustive, "_WHOLE_NODES_MAX", -1)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no kill -9 here")
@pytest.mark.parametrize(
    ("which", "engine", "kills"),
    [
        ("large", "exhaustive", [(15, "renamed"), (30, "written"), (21, "flushed")]),
        ("sound", "exhaustive", [(12, "renamed"), (20, "flushed")]),
        ("broken", "exhaustive", [(6, "written"), (15, "renamed")]),
        ("bench", "explicit", [(40, "renamed"), (31, "written"), (12, "flushed")]),
        ("symmetric", "explicit", [(20, "flushed"), (33, "renamed")]),
    ],
)
def test_killed_and_gone_on_with_it_says_the_same(
    which: str,
    engine: str,
    kills: list[tuple[int, str]],
    tmp_path: Path,
    small: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Among the moments are: a file half-way to the disk, on it, and just renamed."""
    prepared(which, monkeypatch)
    task = task_of(which)
    undisturbed = ENGINES[engine].check(task)
    for moment, where in kills:
        assert not sitting(which, engine, tmp_path, moment, where), "it ended before it was killed"
    gone_on = opened(tmp_path, task, seconds=10.0)
    assert said(ENGINES[engine].check(gone_on)) == said(undisturbed)
    assert gone_on.kept is not None
    assert gone_on.kept.checkpoint.resumed


class StopError(Exception):
    """Ends a search in the middle, as a kill does, without the price of a process."""


@pytest.fixture
def stopped_after(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    original = checkpoint._write
    left = [0]

    def write(*arguments: Any) -> str:
        found = original(*arguments)
        left[0] -= 1
        if left[0] == 0:
            raise StopError
        return found

    def after(writes: int) -> None:
        left[0] = writes

    monkeypatch.setattr(checkpoint, "_write", write)
    return after


@pytest.mark.parametrize(
    ("which", "engine"),
    [("broken", "exhaustive"), ("bench", "exhaustive"), ("symmetric", "explicit")],
)
def test_stopped_again_and_again_it_says_the_same(
    which: str,
    engine: str,
    tmp_path: Path,
    small: None,
    monkeypatch: pytest.MonkeyPatch,
    stopped_after: Callable[[int], None],
) -> None:
    """Stopped after every few things that it keeps, it still gets on, and to the same end."""
    prepared(which, monkeypatch)
    task = task_of(which)
    undisturbed = ENGINES[engine].check(task)
    sittings = 0
    while True:
        gone_on = opened(tmp_path, task)
        stopped_after(40 if which == "broken" else 9)
        try:
            verdicts = ENGINES[engine].check(gone_on)
            break
        except StopError:
            sittings += 1
            assert sittings < 400, "it gets nowhere"
    stopped_after(0)
    assert sittings > 1
    assert said(verdicts) == said(undisturbed)


def test_what_is_decided_is_not_searched_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = Options()
    kept = Kept(checkpoint_of(tmp_path, [BROKEN], options, NAMES))
    first = check_design(BROKEN, replace(options, kept=kept), NAMES)
    assert first.resumed is None
    for engine in ("exhaustive._Search", "explicit._Search"):
        monkeypatch.setattr(f"unsay.engines.{engine}", None)
    kept = Kept(checkpoint_of(tmp_path, [BROKEN], options, NAMES))
    second = check_design(BROKEN, replace(options, kept=kept), NAMES)
    assert said(second.verdicts) == said(first.verdicts)
    assert second.resumed == str(tmp_path)


# Folders that must not be gone on with.


def begun(folder: Path, stopped_after: Callable[[int], None], engine: str = "explicit") -> Task:
    """A checkpoint in the middle of a search."""
    task = task_of("bench")
    going = opened(folder, task)
    stopped_after(20)
    with pytest.raises(StopError):
        ENGINES[engine].check(going)
    stopped_after(0)
    return task


def damage(path: Path, how: str) -> None:
    raw = path.read_bytes()
    middle = len(raw) // 2
    changed = {
        "cut": raw[:-1],
        "empty": b"",
        "flipped": raw[:middle] + bytes([raw[middle] ^ 1]) + raw[middle + 1 :],
        "longer": raw + b"\0",
        "else": b"PNG\n" + raw,
    }
    path.write_bytes(changed[how])


@pytest.mark.parametrize("how", ["cut", "empty", "flipped", "longer", "else"])
def test_a_damaged_file_is_refused(
    how: str, tmp_path: Path, small: None, stopped_after: Callable[[int], None]
) -> None:
    task = begun(tmp_path, stopped_after)
    for path in sorted(tmp_path.glob("*.part")):
        sound = path.read_bytes()
        damage(path, how)
        with pytest.raises(CheckpointError, match=r"damaged.*another folder") as error:
            opened(tmp_path, task)
        assert path.name in str(error.value)
        assert "\n" not in str(error.value)
        path.write_bytes(sound)
    opened(tmp_path, task)


@pytest.mark.parametrize("engine", ["explicit", "exhaustive"])
def test_a_part_in_the_place_of_another_is_refused(
    engine: str, tmp_path: Path, small: None, stopped_after: Callable[[int], None]
) -> None:
    task = begun(tmp_path, stopped_after, engine)
    parts = sorted(p for p in tmp_path.glob("*.part") if not p.name.startswith("manifest"))
    parts[0].replace(tmp_path / "1.exhaustive.verdicts.part")
    with pytest.raises(CheckpointError, match="belongs to another checkpoint"):
        opened(tmp_path, task)


def test_a_missing_segment_is_refused(
    tmp_path: Path, small: None, stopped_after: Callable[[int], None]
) -> None:
    task = begun(tmp_path, stopped_after)
    next(iter(tmp_path.glob("1.explicit.*.0.part"))).unlink()
    with pytest.raises(CheckpointError, match="part 0 is missing"):
        Explicit().check(opened(tmp_path, task))


def test_another_run_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = Options()
    checkpoint_of(tmp_path, [SOUND], options, NAMES)

    def refused(match: str, design: Any = SOUND, names: Any = NAMES, **other: Any) -> None:
        with pytest.raises(CheckpointError, match=match):
            checkpoint_of(tmp_path, [design], replace(options, **other), names)

    refused("other rules or at another scope", design=BROKEN)
    for fairness in ({"delivery": "weak"}, {"retry": "none"}, {"faults": "recurring"}):
        unfair = SOUND.model_copy(update={"fairness": SOUND.fairness.model_copy(update=fairness)})
        refused("other rules or at another scope", design=unfair)
    refused("not of Mine", design=SOUND.model_copy(update={"title": "Mine"}))
    refused("other properties", names=NAMES[:1])
    refused("made without --no-reductions, not with --no-reductions", reductions=False)
    refused("made without --engine, not with --engine explicit", engine="explicit")
    refused("made with --no-proof, not without --no-proof", prove=True)
    monkeypatch.setattr(checkpoint, "program", lambda: "0.0.9")
    refused("a checkpoint of unsay .* and this is 0.0.9")


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(CheckpointError, match="neither empty nor a checkpoint"):
        open_checkpoint(tmp_path, {"program": "", "designs": [], "options": {}})
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.txt"]


def test_what_cells_mean_is_the_same_in_every_process() -> None:
    """Sets have no order; nothing that is kept may hang on the one that they happen to have."""
    source = (
        "from tests.engines.test_checkpoint import *\n"
        "from unsay.model.readings.compiled import compile_machine\n"
        "from unsay.model.readings.orbits import orbits_of\n"
        "for w in ('bench', 'symmetric', 'sound'):\n"
        "    t = task_of(w)\n"
        "    p = compile_machine(t.machine, t.keep())\n"
        "    o = orbits_of(p, [])\n"
        "    print(checkpoint.layout(p.ground, p.packing.shift, o and o.source))\n"
        "    print(checkpoint.machine_digest(t.machine))\n"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", source],
            capture_output=True, text=True, check=True, env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2", "3")
    }  # fmt: skip
    assert len(found) == 1
    assert len(found.pop().split()) == 6


def test_keeping_costs_a_small_share(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a save that took a second, the next is twenty seconds away."""
    clock = [100.0]
    monkeypatch.setattr(checkpoint.time, "monotonic", lambda: clock[0])
    place = checkpoint.Place(Checkpoint(tmp_path, "run", seconds=10), "a")
    assert not place.due
    clock[0] = 110.0
    assert place.due
    clock[0] = 111.0
    place.saved(110.0)
    clock[0] = 130.9
    assert not place.due
    clock[0] = 131.1
    assert place.due


def unsay(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "unsay.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_command_goes_on_or_refuses_in_one_line(tmp_path: Path) -> None:
    folder = str(tmp_path / "kept")
    one = ("check", "mastodon-4739", "-p", "no-resurrection", "--checkpoint", folder)
    first, second = unsay(*one), unsay(*one)
    assert (first.returncode, second.returncode) == (1, 1)
    assert "resumed from" not in first.stdout
    assert "resumed from" in second.stdout
    other = unsay("bench", "2", "1", "1", "--checkpoint", folder)
    assert (other.returncode, other.stdout, other.stderr.count("\n")) == (2, "", 1)
    assert "take another folder" in other.stderr
