"""The explicit engine with one state for all of its images: the same verdicts, to the number."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings

from tests.engines.contract import interrupting, layers, reference_for, steps
from tests.helpers import designs, star, symmetric_designs
from unsay.cli import main
from unsay.designs.catalogue import shipped
from unsay.engines.explicit import Explicit
from unsay.engines.protocol import Task
from unsay.engines.run import ReplayError, replay
from unsay.engines.verdict import Outcome, Verdict
from unsay.model.design import Design, load_design
from unsay.model.language import Machine
from unsay.model.readings import orbits
from unsay.model.readings.compiled import compile_machine
from unsay.model.readings.orbits import orbits_of
from unsay.model.readings.symmetry import Permutation, identity
from unsay.model.recall.machine import build_machine
from unsay.model.recall.vocabulary import Node
from unsay.model.recall_bench import Size, build_bench
from unsay.properties import PROPERTIES, Property, PropertyKind
from unsay.properties.recall_bench import BENCH_PROPERTIES

STATES_MAX = 6_000
"""With more than this a search is stopped, at the next layer: at the same one in either mode."""


REDUCED = [p for p in PROPERTIES.values() if p.kind in (PropertyKind.ALWAYS, PropertyKind.STEP)]
"""The others need every state, so they have searches of their own."""


def give_up(line: str) -> None:
    if "to expand" in line and int(line.split()[0].replace(",", "")) > STATES_MAX:
        raise MemoryError


def told(verdict: Verdict) -> dict[str, Any]:
    """All that a verdict says but for the run, of which only its length, and the time."""
    said = {key: value for key, value in vars(verdict).items() if key not in ("seconds", "run")}
    return {**said, "steps": None if verdict.run is None else len(verdict.run)}


def compared(machine: Machine, properties: list[Property] | None = None) -> dict[str, Verdict]:
    """Verdicts without reductions, once it is checked that those with them say the same.

    Some may be of searches that were stopped.
    """
    task = Task(machine, properties or REDUCED, report=give_up)
    plain = Explicit().check(replace(task, reductions=False))
    reduced = Explicit().check(task)
    assert {n: told(v) for n, v in reduced.items()} == {n: told(v) for n, v in plain.items()}
    return plain


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(symmetric_designs())
def test_random_symmetric_designs(design: Design) -> None:
    compared(build_machine(design))


@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
@given(designs(nodes=3))
def test_random_designs(design: Design) -> None:
    compared(build_machine(design))


ALIKE: dict[str, tuple[Machine, int]] = {
    "two devices of one account": (build_machine(star(1, 2)), 2),
    "three leaves": (build_machine(star(3, scope={"commands": []})), 6),
    "leaves with a device each": (build_machine(star(2, 1, scope={"commands": []})), 2),
    "leaves, all policies departed from": (
        build_machine(
            star(
                2, faults={"loss": 1, "crash": 1},
                policies={
                    "ordering": "last-arrival", "early_recall": "drop", "confirm": "on-send",
                    "deduplication": "none", "retry": "none", "dispatch": "flood",
                },
            )
        ),
        2,
    ),
    "two messages": (build_machine(star(1, scope={"messages": 2, "commands": []})), 2),
}  # fmt: skip


@pytest.mark.parametrize("name", ALIKE)
def test_designs_in_which_something_is_alike(name: str) -> None:
    machine, order = ALIKE[name]
    found = orbits_of(compile_machine(machine), ())
    assert found is not None
    assert found.order == order
    assert sum(v.complete for v in compared(machine).values()) >= 4


@pytest.mark.parametrize(
    "design",
    [star(1, 2), star(2, scope={"commands": []}), star(1, 2, policies={"sync": "push-only"})],
    ids=["two devices", "two leaves", "push-only"],
)
def test_claims_about_infinite_runs_change_nothing_for_the_others(design: Design) -> None:
    """All in one task: verdicts and counts are those of one search for all that visits each state.

    Only the states beside a violation may be fewer: a search ends when all of its claims are
    broken.
    """
    machine, every = build_machine(design), list(PROPERTIES.values())
    plain = Explicit().check(Task(machine, every, reductions=False))
    for name, verdict in Explicit().check(Task(machine, every)).items():
        expected = told(plain[name])
        if verdict.run is not None and verdict.loop is None:
            expected |= {k: told(verdict)[k] for k in ("states", "transitions", "depth")}
        assert told(verdict) == expected
    assert sum(v.run is None for v in plain.values()) >= 6


def test_the_others_are_decided_before_all_states_are_looked_at() -> None:
    """Stopped while the graph of all states is made, only what needs that graph is unknown."""

    def stop(line: str) -> None:
        if "into a graph" in line:
            raise MemoryError

    verdicts = Explicit().check(
        Task(build_machine(star(1, 2)), list(PROPERTIES.values()), report=stop)
    )
    infinite = {n for n, v in verdicts.items() if v.outcome is Outcome.UNKNOWN}
    assert infinite == {n for n, p in PROPERTIES.items() if p.kind is PropertyKind.EVENTUALLY}
    assert all(v.complete for n, v in verdicts.items() if n not in infinite)


def test_violations_of_each_kind_are_among_them() -> None:
    """Runs through images are turned back into real ones, for states and for steps."""
    machine, _ = ALIKE["leaves, all policies departed from"]
    broken = {n for n, v in compared(machine).items() if v.outcome is Outcome.VIOLATED}
    assert {"version-override", "idempotent-effects", "confirmed-means-done"} <= broken
    noted = star(2, policies={"early_recall": "remember-until-first-send", "deduplication": "none"})
    verdict = compared(build_machine(noted), [PROPERTIES["idempotent-state"]])["idempotent-state"]
    assert verdict.outcome is Outcome.VIOLATED


@pytest.mark.parametrize(
    "name", [n for n in shipped() if n.startswith(("ejabberd", "openim", "mastodon-4739"))]
)
def test_shipped_designs(name: str) -> None:
    machine = build_machine(load_design(shipped()[name]))
    assert any(v.complete for v in compared(machine).values())


def test_the_benchmark_protocol() -> None:
    """Its states are known from elsewhere: 65,793 at (4, 1, 2)."""
    verdicts = compared(build_bench(Size(3, 1, 2)), list(BENCH_PROPERTIES))
    assert all(v.outcome is Outcome.HOLDS for v in verdicts.values())
    task = Task(build_bench(Size(4, 1, 2)), BENCH_PROPERTIES)
    assert {v.states for v in Explicit().check(task).values()} == {65_793}


def test_counts_are_those_of_a_plain_search() -> None:
    """A search by the reference reading, which knows nothing of symmetry."""
    machine, p = build_machine(star(2, scope={"commands": []})), PROPERTIES["strong-convergence"]
    found = list(layers(machine, p))
    reference = reference_for(machine, p)
    (verdict,) = Explicit().check(Task(machine, [p])).values()
    assert verdict.states == sum(map(len, found))
    assert verdict.transitions == sum(
        len(list(steps(reference, s))) for layer in found for s in layer
    )
    assert verdict.depth == len(found) - 1


def test_fewer_states_are_looked_at() -> None:
    """The reduction is there: of 6 images of a state one is expanded."""
    machine, _ = ALIKE["three leaves"]
    program = compile_machine(machine)
    found = orbits_of(program, ())
    assert found is not None
    seen, frontier, every = {program.initial}, [program.initial], 1
    while frontier:
        fresh = {found.least(t) for s in frontier for t in program.targets(s)} - seen
        every += sum(map(found.size, fresh))
        seen |= fresh
        frontier = list(fresh)
    (verdict,) = compared(machine, [PROPERTIES["confirmed-means-done"]]).values()
    assert verdict.states == every
    assert 4 * len(seen) < every


@pytest.mark.parametrize("limit", [1, 2, 3, 6])
def test_a_part_of_the_group_counts_the_same(monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    part = partial(orbits_of, limit=limit)
    monkeypatch.setattr("unsay.engines.explicit.orbits_of", part)
    machine, _ = ALIKE["three leaves"]
    found = part(compile_machine(machine), ())
    assert (found.order if found else 1) == {1: 1, 2: 2, 3: 2, 6: 6}[limit]
    compared(machine)


@pytest.mark.parametrize("call", [1, 3, 9])
def test_a_search_that_is_stopped_says_the_same(call: int) -> None:
    machine, _ = ALIKE["two devices of one account"]
    task = Task(machine, [PROPERTIES["no-over-recall"]])
    (one,) = Explicit().check(replace(task, report=interrupting(call))).values()
    plain = replace(task, report=interrupting(call), reductions=False)
    (other,) = Explicit().check(plain).values()
    assert not one.complete
    assert told(one) == told(other)


def exchanged(machine: Machine, one: int, other: int) -> Permutation:
    swap = {one: other, other: one}
    return Permutation(
        tuple(
            (s, tuple(swap.get(i, i) for i in images) if s == Node.sort else images)
            for s, images in identity(machine).moves
        )
    )


def test_a_permutation_that_is_no_symmetry_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison can fail: a leaf with a device changes places with one that has none."""
    machine = build_machine(star(2, 0, 1, scope={"commands": []}))
    assert orbits_of(compile_machine(machine), ()) is None
    compared(machine)
    monkeypatch.setattr(orbits, "generators", lambda machine, claims: (exchanged(machine, 1, 2),))
    monkeypatch.setattr(orbits, "_keeps_domains", lambda grounded, p: True)
    with pytest.raises((AssertionError, ReplayError, StopIteration)):
        compared(machine)


def test_the_command_line_can_switch_it_off(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def watched(*arguments: Any) -> Any:
        asked.append(1)
        return orbits_of(*arguments)

    monkeypatch.setattr("unsay.engines.explicit.orbits_of", watched)
    command = ["check", "ejabberd-4507-repaired", "-e", "explicit", "-p", "version-override"]
    answers = []
    for extra in ([], ["--no-reductions"]):
        result = CliRunner().invoke(main, [*command, "--json", *extra])
        assert result.exit_code == 0
        (data,) = json.loads(result.stdout)
        answers.append([(v["verdict"], v["states"]) for v in data["verdicts"]])
        assert len(asked) == 1
    assert answers[0] == answers[1]


def test_runs_are_real_and_as_short() -> None:
    machine, _ = ALIKE["leaves, all policies departed from"]
    p = PROPERTIES["confirmed-means-done"]
    (verdict,) = Explicit().check(Task(machine, [p])).values()
    assert replay(machine, verdict.run or (), p).broken
