"""The explicit engine: the contract, exact counts, and shortest runs."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from tests.engines.contract import (
    BROKEN,
    Contract,
    interrupting,
    layers,
    reference_for,
    steps,
)
from tests.helpers import chain, designs
from unsay.engines.bounded import Bounded
from unsay.engines.explicit import Explicit
from unsay.engines.protocol import Task
from unsay.engines.verdict import Outcome, Verdict
from unsay.model.design import Design
from unsay.model.recall.machine import build_machine
from unsay.properties import PROPERTIES, PropertyKind


class TestExplicit(Contract):
    engine = Explicit()
    sound = Outcome.HOLDS
    never = Outcome.VACUOUS
    infinite = True

    def lie(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("unsay.engines.explicit._path", lambda search, state: ())

    @pytest.mark.parametrize(
        ("design", "name"),
        [
            pytest.param(chain(1, 1), "version-override", id="nine states"),
            pytest.param(
                chain(1, 2, faults={"loss": 0, "duplication": 0, "crash": 1, "offline": 1}),
                "no-over-recall",
                id="history, crash and offline",
            ),
            pytest.param(
                chain(2, 1, policies={"retry": "none", "confirm": "on-send"}),
                "idempotent-state",
                id="two nodes",
            ),
        ],
    )
    def test_counts_are_those_of_a_plain_search(self, design: Design, name: str) -> None:
        """``states`` and ``transitions`` are exact, and ``depth`` is the longest distance."""
        machine, p = build_machine(design), PROPERTIES[name]
        found = list(layers(machine, p))
        reference = reference_for(machine, p)
        (verdict,) = self.check(design, [name]).values()
        assert verdict.outcome is Outcome.HOLDS
        assert verdict.states == sum(len(layer) for layer in found)
        assert verdict.transitions == sum(
            len(list(steps(reference, s))) for layer in found for s in layer
        )
        assert verdict.depth == len(found) - 1

    def test_a_late_interrupt_keeps_what_is_known(self) -> None:
        """Properties judged before the interrupt keep their verdicts; the others are open."""
        known = self.check(chain(2, 2), tuple(PROPERTIES))
        late = self.check(chain(2, 2), tuple(PROPERTIES), report=interrupting(40))
        done = [name for name, v in late.items() if v.complete]
        assert 0 < len(done) < len(PROPERTIES)
        for name, verdict in late.items():
            if verdict.complete:
                assert without_time(verdict) == without_time(known[name])
            else:
                assert verdict.reason.startswith("interrupted")
                assert verdict.outcome in (Outcome.UNKNOWN, Outcome.BOUNDED)

    def test_an_interrupt_while_a_machine_is_compiled_is_survived(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """``Engine``: survives Ctrl-C; a large design takes a while to compile."""

        def interrupted(*arguments: Any) -> Any:
            raise KeyboardInterrupt

        monkeypatch.setattr("unsay.engines.explicit.compile_machine", interrupted)
        (verdict,) = self.check(chain(1, 1), ["no-resurrection"]).values()
        assert verdict.outcome is Outcome.UNKNOWN
        assert (verdict.complete, verdict.reason) == (False, "interrupted")

    def test_memory_that_runs_out_is_an_unknown(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def exhausted(line: str) -> None:
            raise MemoryError

        (verdict,) = self.check(chain(1, 1), ["no-resurrection"], report=exhausted).values()
        assert verdict.outcome is Outcome.UNKNOWN
        assert not verdict.complete
        assert verdict.reason.startswith("out of memory")

    def test_properties_that_need_different_history_count_alone(self) -> None:
        """The history of one property must not multiply the states of another."""
        together = self.check(chain(2, 2), ["no-over-recall", "idempotent-effects"])
        for name, verdict in together.items():
            (alone,) = self.check(chain(2, 2), [name]).values()
            assert (verdict.states, verdict.transitions) == (alone.states, alone.transitions)
        assert together["no-over-recall"].states != together["idempotent-effects"].states


def without_time(verdict: Verdict) -> dict[str, Any]:
    return {key: value for key, value in vars(verdict).items() if key != "seconds"}


DEPTH_MAX = 5


def stop_beyond(line: str) -> None:
    """Interrupts the search once all runs of ``DEPTH_MAX`` steps are covered."""
    found = re.fullmatch(r"[\d,]+ states, (\d+) steps deep, [\d,]+ to expand", line)
    if found and int(found[1]) > DEPTH_MAX:
        raise KeyboardInterrupt


@settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
@given(designs())
def test_explicit_and_bounded_agree_on_the_fewest_steps(design: Design) -> None:
    """Two readings, two searches: a violation within the depth has one shortest length."""
    machine = build_machine(design)
    every = [p for p in PROPERTIES.values() if p.kind is not PropertyKind.EVENTUALLY]
    bounded = Bounded().check(Task(machine, every, depth=DEPTH_MAX))
    for p in every:
        (exact,) = Explicit().check(Task(machine, [p], report=stop_beyond)).values()
        fewest = len(exact.run) if exact.run is not None else DEPTH_MAX + 1
        ahead = bounded[p.name]
        if fewest <= DEPTH_MAX:
            assert ahead.outcome is Outcome.VIOLATED
            assert ahead.run is not None
            assert len(ahead.run) == fewest
        else:
            assert ahead.outcome in (Outcome.BOUNDED, Outcome.UNKNOWN)
            assert ahead.depth == DEPTH_MAX


def test_counterexamples_tell_how_far_the_search_went() -> None:
    design, name = BROKEN["told too soon"]
    (verdict,) = Explicit().check(Task(build_machine(design), [PROPERTIES[name]])).values()
    assert verdict.reach == "in 3 steps, the fewest"
    assert verdict.states is not None
    assert verdict.states > 3
