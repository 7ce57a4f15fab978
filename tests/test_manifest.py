"""Every shipped design gets the verdicts, counts and run lengths that the manifest expects.

``pytest tests/test_manifest.py --rewrite`` rewrites the manifest from what is seen; commit the
change only if you understand what caused it and it is desired.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import pytest

from unsay.designs.catalogue import (
    MANIFEST,
    Entry,
    Expected,
    folder,
    read_manifest,
    shipped,
    written,
)
from unsay.engines.check import Checked, Options, check_design
from unsay.engines.verdict import Outcome, Verdict
from unsay.model.design import load_design
from unsay.properties import PROPERTIES, PropertyKind

NAMES = list(shipped())
MANIFEST_ENTRIES = read_manifest()
BOUNDED_DEPTH_MAX = 8
"""Longer counterexamples cost Z3 minutes; the other two engines vouch for those."""

FIRST_STEPS = 3
"""How far the bounded engine looks where nothing is to be found."""

EXPLICIT_STATES_MAX = 90_000
"""Many designs have more, and took most of the time of this file. The exhaustive engine vouches
for those, and the explicit one sees their first states; with ``--thorough``, and with
``--rewrite``, it sees all."""

FIRST_STATES = 60_000
"""What the explicit engine sees at least of a search that is too large."""


def checked(name: str, properties: Sequence[str] = (), **options: object) -> Checked:
    design = load_design(shipped()[name])
    return check_design(design, Options(seconds=None, **options), properties)  # type: ignore[arg-type]


def small_searches(name: str, states_max: int = EXPLICIT_STATES_MAX) -> list[str]:
    """The properties that the explicit engine decides by visiting no more than so many states."""
    entries = MANIFEST_ENTRIES[name].expected if name in MANIFEST_ENTRIES else {}
    return [p for p, e in entries.items() if (e.states or 0) <= states_max]


def as_expected(verdict: Verdict) -> Expected:
    if verdict.run is not None:
        steps = len(verdict.run) if verdict.loop is None else verdict.loop
        return Expected(verdict.outcome.value, steps=steps)
    return Expected(verdict.outcome.value, states=verdict.states)


def test_every_design_is_listed_and_the_other_way_round() -> None:
    assert set(MANIFEST_ENTRIES) == set(NAMES)


@pytest.mark.one_in(3)
@pytest.mark.parametrize("name", NAMES)
def test_explicit_verdicts_are_the_manifest_s(name: str, rewrite: bool, thorough: bool) -> None:
    expected = {} if rewrite else MANIFEST_ENTRIES[name].expected
    small = small_searches(name, sys.maxsize if thorough else EXPLICIT_STATES_MAX)
    if expected and not small:
        pytest.skip("too large: only its first states")
    # Asked by name only where something is left out: a violation of a property that is not in the
    # manifest, because its witness cannot come up, is to be seen as well.
    result = checked(name, small if len(small) < len(expected) else (), engine="explicit")
    seen = {p: as_expected(v) for p, v in result.verdicts.items()}
    if rewrite:
        entries = {**read_manifest()}
        broken = any(e.verdict == "VIOLATED" for e in seen.values())
        twin = name.removesuffix("-repaired") if name.endswith("-repaired") else f"{name}-repaired"
        twin = entries[name].twin if name in entries else twin if twin in NAMES else ""
        entries[name] = Entry(name, "broken" if broken else "sound", twin, seen)
        path = folder() / MANIFEST
        path.write_text(written({n: entries[n] for n in NAMES if n in entries}))
        pytest.skip("manifest rewritten")
    assert seen == {p: expected[p] for p in small}
    assert all(v.shortest for v in result.verdicts.values() if v.run is not None)


LARGE = [n for n in MANIFEST_ENTRIES if set(small_searches(n)) < set(MANIFEST_ENTRIES[n].expected)]


@pytest.mark.one_in(2)
@pytest.mark.parametrize("name", LARGE)
def test_explicit_verdicts_on_the_first_states_agree(name: str) -> None:
    """Where all states are too many: nothing is broken within the layers that were finished."""
    expected, small = MANIFEST_ENTRIES[name].expected, small_searches(name)

    def enough(line: str) -> None:
        if int(line.split()[0].replace(",", "")) > FIRST_STATES:
            raise MemoryError

    result = checked(
        name, [p for p in expected if p not in small], engine="explicit", report=enough
    )
    for p, verdict in result.verdicts.items():
        assert expected[p].verdict == "HOLDS"
        infinite = PROPERTIES[p].kind is PropertyKind.EVENTUALLY
        # What it is about may lie further on than the first states.
        open_yet = infinite or PROPERTIES[p].witness_sentence in verdict.reason
        assert verdict.outcome is (Outcome.UNKNOWN if open_yet else Outcome.BOUNDED), p
        assert (verdict.states or 0) >= FIRST_STATES
        assert (verdict.depth or 0) > 10


@pytest.mark.parametrize("name", NAMES)
def test_the_diagrams_say_the_same(name: str) -> None:
    result = checked(name, engine="exhaustive")
    assert {p: as_expected(v) for p, v in result.verdicts.items()} == (
        MANIFEST_ENTRIES[name].expected
    )
    assert all(v.shortest and v.breaking for v in result.verdicts.values() if v.run is not None)


@pytest.mark.one_in(6)
@pytest.mark.parametrize("name", NAMES)
def test_bounded_finds_the_same_shortest_runs(name: str) -> None:
    entry = MANIFEST_ENTRIES[name].expected
    infinite = {p for p in entry if PROPERTIES[p].kind is PropertyKind.EVENTUALLY}
    expected = {p: e for p, e in entry.items() if p not in infinite}
    within = {p: e.steps for p, e in expected.items() if (e.steps or 99) <= BOUNDED_DEPTH_MAX}
    others = [p for p in entry if p not in within]
    for p, verdict in checked(name, others, engine="bounded", depth=FIRST_STEPS).verdicts.items():
        if p in infinite:
            assert verdict.outcome is Outcome.UNKNOWN
        else:
            assert verdict.outcome in (Outcome.BOUNDED, Outcome.UNKNOWN)
            assert verdict.depth == FIRST_STEPS
    if not within:
        return
    # Only what is broken is worth looking far for.
    depth = max(s for s in within.values() if s)
    for p, verdict in checked(name, list(within), engine="bounded", depth=depth).verdicts.items():
        assert verdict.outcome is Outcome.VIOLATED
        assert verdict.run is not None
        assert len(verdict.run) == within[p]


@pytest.mark.one_in(3)
@pytest.mark.parametrize("name", NAMES)
def test_random_runs_never_contradict(name: str) -> None:
    expected = MANIFEST_ENTRIES[name].expected
    result = check_design(
        load_design(shipped()[name]), Options(engine="sampled", seconds=0.3, seed=1)
    )
    for p, verdict in result.verdicts.items():
        assert verdict.outcome in (Outcome.SAMPLED, Outcome.VIOLATED, Outcome.UNKNOWN)
        if verdict.outcome is Outcome.VIOLATED:
            assert expected[p].verdict == "VIOLATED"
            assert verdict.run is not None
            assert len(verdict.run) >= (expected[p].steps or 0)


@pytest.mark.parametrize("name", [n for n in NAMES if n in MANIFEST_ENTRIES])
def test_twins_are_one_broken_and_one_sound(name: str) -> None:
    entry = MANIFEST_ENTRIES[name]
    verdicts = {e.verdict for e in entry.expected.values()}
    if entry.role == "sound":
        assert verdicts == {"HOLDS"}
    else:
        assert "VIOLATED" in verdicts
        assert entry.twin == "" or MANIFEST_ENTRIES[entry.twin].role == "sound"
