"""Slices: what the exhaustive engine says where it sees only a part of the machine at a time."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from tests.helpers import chain, designs
from unsay.engines import exhaustive, slices
from unsay.engines.exhaustive import Exhaustive
from unsay.engines.explicit import Explicit
from unsay.engines.lifting import Lifting
from unsay.engines.pieces import Symmetry, pieces
from unsay.engines.protocol import Task
from unsay.engines.reach import Chain, reachable
from unsay.engines.verdict import Outcome, Verdict
from unsay.model.design import Design
from unsay.model.readings.compiled import compile_machine
from unsay.model.readings.formulas import All, In, Some, conjunction, disjunction
from unsay.model.readings.ground import ground
from unsay.model.readings.symbolic import Symbolic, is_empty
from unsay.model.recall.machine import build_machine
from unsay.properties import PROPERTIES, PropertyKind

SAFETY = [p for p in PROPERTIES.values() if p.kind in (PropertyKind.ALWAYS, PropertyKind.STEP)]
EVERY = frozenset(p.name for p in SAFETY)


@pytest.fixture
def only_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exhaustive, "_WHOLE_NODES_MAX", -1)


def sliced(design: Design, names: Collection[str] = EVERY) -> dict[str, Verdict]:
    return Exhaustive().check(Task(build_machine(design), [p for p in SAFETY if p.name in names]))


def agrees(design: Design, states_max: int = 20_000) -> int:
    """Compare with the search that visits each state; how many properties could be compared."""

    def enough(line: str) -> None:
        if int(line.split()[0].replace(",", "")) > states_max:
            raise MemoryError

    exact = Explicit().check(Task(build_machine(design), SAFETY, report=enough))
    known = {name for name, v in exact.items() if v.complete}
    for name, verdict in sliced(design, known).items() if known else ():
        assert verdict.states is None, "the whole was searched"
        assert (verdict.outcome, verdict.reason) == (exact[name].outcome, exact[name].reason)
        if verdict.run is not None:
            assert verdict.shortest
            assert len(verdict.run) == len(exact[name].run or ()), name
    return len(known)


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(designs())
def test_slices_and_the_search_of_each_state_agree(only_slices: None, design: Design) -> None:
    agrees(design)


@pytest.mark.parametrize(
    "design",
    [
        chain(2, 2, faults={"loss": 1, "duplication": 1, "crash": 0, "offline": 0}),
        chain(2, 1, policies={"durable": []}, faults={"loss": 0, "crash": 1}),
        chain(3, 1, policies={"dispatch": "chase", "retry": "none"}),
        chain(1, 2, policies={"sync": "content-only"}, faults={"offline": 1, "crash": 1}),
        chain(2, 1, scope={"commands": ["recall", "resend"]}, policies={"retry": "none"}),
        chain(1, 2, scope={"messages": 2}),
    ],
    ids=["loss", "crash", "chase", "offline", "resend", "two messages"],
)
def test_they_agree_on_designs_that_the_comparison_reaches(
    only_slices: None, design: Design
) -> None:
    assert agrees(design, 60_000) >= len(SAFETY) - 2


def test_a_slice_has_every_state_of_the_machine() -> None:
    """Seen through any one table, the reachable states are among those of the slice."""
    grounded = ground(build_machine(chain(2, 1, faults={"loss": 1})))
    whole = Symbolic(grounded)
    every = reachable(whole, lambda: None, lambda line: None)
    for symbol in {cell.symbol for cell in grounded.grounder.cells}:
        cells = [i for i, cell in enumerate(grounded.grounder.cells) if cell.symbol == symbol]
        part = whole.slice(cells)
        assert is_empty(part.seen(every) & ~reachable(part, lambda: None, lambda line: None))


def test_a_slice_of_everything_is_the_machine() -> None:
    whole = Symbolic(ground(build_machine(chain(2, 1))))
    part = whole.slice(range(len(whole.ground.initial)))
    every = reachable(whole, lambda: None, lambda line: None)
    assert reachable(part, lambda: None, lambda line: None) == every
    assert part.count(every) == whole.count(every)


def test_a_recorded_chain_tells_a_real_run() -> None:
    """Each step of the path is a step of the machine, and it ends where it should."""
    program = compile_machine(build_machine(chain(2, 1)))
    whole = Symbolic(program.ground)
    search = Chain(whole, lambda: None, lambda line: None, recorded=True)
    search.run()
    final = [
        i for i, cell in enumerate(program.ground.grounder.cells) if str(cell.symbol) == "told"
    ]
    wanted = whole.formula(disjunction(In(cell, frozenset({1})) for cell in final))
    numbers, states = search.path_to(wanted)
    state = program.initial
    for number, expected in zip(numbers, states[1:], strict=True):
        state = program.step(state, number)
        assert program.packing.unpack(state) == expected
    assert not is_empty(whole.exactly(states[-1]) & wanted)


A, B, C, D = (In(cell, frozenset({1})) for cell in range(4))


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (True, []),
        (A, [A]),
        (All((A, B)), [A, B]),
        (All((A, All((B, C)))), [A, B, C]),
        (Some((A, All((B, C)))), [Some((A, All((B, C))))]),  # too few parts to be worth it
        (Some((A, All((B, C, D)))), [Some((A, B)), Some((A, C)), Some((A, D))]),
        (False, [False]),
    ],
)
def test_pieces_say_together_what_the_claim_says(claim: Any, expected: list[Any]) -> None:
    assert [piece.claim for piece in pieces(claim)] == expected


def test_pieces_know_what_they_are_about() -> None:
    assert [piece.core for piece in pieces(Some((A, All((B, C, D)))))] == [{1}, {2}, {3}]


def test_of_pieces_that_are_images_of_each_other_one_is_kept() -> None:
    """Two messages that the design treats alike, two devices at one node."""
    machine = build_machine(chain(2, 3, scope={"messages": 2}))
    p = PROPERTIES["no-over-recall"]
    grounded = ground(machine, p.reads(machine))
    every = pieces(grounded.property_formula(p.claim(machine)))
    kept = Symmetry(machine, grounded).standing_for_all(every)
    # Each of three devices has two commands of two messages to keep; d1 and d2 are alike.
    assert (len(every), len(kept)) == (6, 2)


def test_a_slice_that_is_never_refined_would_be_caught(
    only_slices: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run of a slice that is no run of the machine must not pass for one."""
    monkeypatch.setattr(Lifting, "to_blame", lambda *a: frozenset())
    with pytest.raises(Exception, match="does not replay"):
        sliced(chain(2, 1))


def test_the_sum_of_a_claim_is_what_its_pieces_say() -> None:
    """On every claim of a real machine: same truth in every state of a random walk."""
    machine = build_machine(chain(2, 2))
    program = compile_machine(machine, [s for s in machine.symbols if s.role == "history"])
    for p in (p for p in SAFETY if p.kind is PropertyKind.ALWAYS):
        claim = program.ground.property_formula(p.claim(machine))
        together = conjunction(piece.claim for piece in pieces(claim))
        whole = Symbolic(program.ground)
        assert whole.formula(together) == whole.formula(claim), p.name


def test_an_interrupt_in_the_search_for_a_witness_stops_the_check(
    only_slices: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once a witness is found nothing further is looked for that an interrupt could end."""
    monkeypatch.setattr("unsay.engines.sliced.met", lambda *a: set())
    monkeypatch.setattr(slices, "_LAYER_NODES_MAX", 0)
    original, seen = slices.Slices._look, []

    def look(self: Any, piece: Any, sight: Any, place: Any) -> Any:
        seen.append(sight.real)
        return original(self, piece, sight, place)

    monkeypatch.setattr(slices.Slices, "_look", look)
    p = PROPERTIES["no-over-recall"]
    verdict = Exhaustive().check(Task(build_machine(chain(2, 1)), [p]))[p.name]
    assert verdict.outcome is Outcome.HOLDS
    assert set(seen) == {None}


def test_a_longer_run_for_a_later_piece_does_not_take_the_place_of_a_shorter(
    only_slices: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a later piece any run may be found before it is known that none is short enough."""
    runs = iter([slices.Decided((0,), shortest=True), slices.Decided((0, 0, 0), shortest=True)])
    asked = []

    def decide(self: Any, piece: Any, below: int | None = None, *more: Any, **also: Any) -> Any:
        asked.append(below)
        return next(runs, slices.Decided(None))

    monkeypatch.setattr(slices.Slices, "decide", decide)
    monkeypatch.setattr("unsay.engines.sliced.confirmed", lambda task, verdict: verdict)
    p = PROPERTIES["no-over-recall"]
    design = chain(2, 2, scope={"messages": 2})
    verdict = Exhaustive().check(Task(build_machine(design), [p]))[p.name]
    assert len(asked) > 1
    assert len(verdict.run or ()) == 1


def test_a_violation_is_kept_when_time_runs_out_before_the_shortest(
    only_slices: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has been replayed; only that it is the shortest is not known."""
    monkeypatch.setattr(slices, "_LAYER_NODES_MAX", 0)
    original = slices.Slices._look

    def look(self: Any, piece: Any, sight: Any, place: Any) -> Any:
        if sight.real is not None:
            raise MemoryError
        return original(self, piece, sight, place)

    monkeypatch.setattr(slices.Slices, "_look", look)
    design = chain(2, 1, policies={"confirm": "on-send"})
    verdict = sliced(design)["confirmed-means-done"]
    assert verdict.outcome is Outcome.VIOLATED
    assert not verdict.shortest
    assert verdict.run
