"""What stands against a proof: made small, given names, performed again, and kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.standing import CASES, goal_of, machine_with, small, standing
from unsay.engines.budget import Budget
from unsay.engines.proof import small as small_scopes
from unsay.engines.proof.attempt import Attempt
from unsay.engines.proof.attempts import attempts
from unsay.engines.proof.cache import Cache
from unsay.engines.proof.countermodels_as_data import countermodel_as_data, countermodel_of
from unsay.engines.proof.found import Failure
from unsay.engines.proof.search import Search
from unsay.engines.proof.supposed import shrunk, supposed
from unsay.engines.run import Replay, ReplayError
from unsay.model.language import Symbol, exists
from unsay.model.language.terms import symbols
from unsay.model.readings.reference import Reference
from unsay.model.recall.access import online
from unsay.model.recall.vocabulary import Device
from unsay.properties import PROPERTIES, PropertyKind


@pytest.fixture(autouse=True)
def short_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """What small scopes show here is shown in a second."""
    monkeypatch.setattr(small_scopes, "_SECONDS_MAX", 3.0)


EFFECTS = PROPERTIES["idempotent-effects"]
UNTIL = ("early_recall", "remember-until-first-send")


def unusual(run: Replay) -> int:
    """How many cells of the first state are not as at the start."""
    structure = run.machine.structure
    return sum(v != structure.initial(s) for (s, _), v in run.states[0].items())


@pytest.mark.parametrize("case", CASES, ids=str)
def test_it_is_performed_by_another_reading_and_breaks_the_claim(case: Any) -> None:
    run = small(*case)
    assert (run.broken, run.supposed, len(run.steps)) == (True, True, 1)
    reference = Reference(run.machine)
    for axiom in run.machine.axioms:
        assert reference.holds(axiom.formula, run.states[0]), axiom.name


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_small_state_is_smaller_and_no_member_too_few(case: Any) -> None:
    machine, p = machine_with(*case[1:]), PROPERTIES[case[0]]
    large, less = supposed(machine, standing(machine, p), p), small(*case)
    assert unusual(less) < unusual(large)
    for sort, members in less.machine.structure.elements.items():
        assert 1 <= len(members) <= len(large.machine.structure.elements[sort])
        assert len(set(members)) == len(members)
    assert sum(map(len, less.machine.structure.elements.values())) < sum(
        map(len, large.machine.structure.elements.values())
    )


def test_what_is_known_still_holds_in_the_smaller_state() -> None:
    machine, goal = machine_with(*UNTIL), goal_of(machine_with(*UNTIL), EFFECTS)
    d = Device.variable("d")
    someone_offline = exists(d, ~online[d]).term
    against = standing(machine, EFFECTS, [someone_offline])
    kept = shrunk(machine, against, goal, [goal.term, someone_offline], lambda: None)
    free = shrunk(machine, against, goal, [goal.term], lambda: None)
    assert kept.before.holds(someone_offline).all()
    assert not free.before.holds(someone_offline).any()


def test_a_step_that_breaks_nothing_is_refused() -> None:
    machine, goal = machine_with(*UNTIL), goal_of(machine_with(*UNTIL), EFFECTS)
    least = shrunk(machine, standing(machine, EFFECTS), goal, [goal.term], lambda: None)
    with pytest.raises(ReplayError, match="does not break confirmed-means-done"):
        supposed(machine, least, PROPERTIES["confirmed-means-done"])


def history(name: str) -> set[Symbol]:
    read = symbols(PROPERTIES[name].claim(machine_with(*UNTIL)))
    return {s for s in read if s.role == "history"}


READING_NO_MORE = [
    name
    for name, p in PROPERTIES.items()
    if p.kind is not PropertyKind.EVENTUALLY and history(name) <= history(EFFECTS.name)
]


@pytest.mark.parametrize("name", READING_NO_MORE)
def test_every_claim_can_be_judged_of_a_state_of_no_design(name: str) -> None:
    """Some claims ask for the design's policies, and the state's network is of no design."""
    machine = machine_with(*UNTIL)
    against = standing(machine, EFFECTS)
    try:
        shown = supposed(machine, against, PROPERTIES[name])
    except ReplayError:
        assert name != EFFECTS.name
    else:
        assert shown.broken


def test_it_comes_back_from_data() -> None:
    machine = machine_with(*UNTIL)
    against = standing(machine, EFFECTS)
    again = countermodel_of(json.loads(json.dumps(countermodel_as_data(against))), machine)
    one, other = (supposed(machine, a, EFFECTS) for a in (against, again))
    assert (one.states, one.steps) == (other.states, other.steps)


def cut(data: dict[str, Any]) -> None:
    data["tables"]["wire"][0].pop()


def overflow(data: dict[str, Any]) -> None:
    data["tables"]["told"][0][0] = 99


def forget(data: dict[str, Any]) -> None:
    del data["tables"]["wire"]


def beyond(data: dict[str, Any]) -> None:
    data["arguments"][0] = 99


def nameless(data: dict[str, Any]) -> None:
    data["rule"] = "wipe"


@pytest.mark.parametrize("damage", [cut, overflow, forget, beyond, nameless, dict.clear])
def test_damaged_data_is_refused(damage: Callable[[dict[str, Any]], None]) -> None:
    machine = machine_with(*UNTIL)
    data = countermodel_as_data(standing(machine, EFFECTS))
    damage(data)
    with pytest.raises(ValueError, match=r"."):
        countermodel_of(data, machine)


def tried(name: str, cache: Cache | None = None, policy: tuple[str, str] = UNTIL) -> Attempt:
    (found,) = attempts(machine_with(*policy), [PROPERTIES[name]], Budget(120), cache=cache)
    return found


def no_strengthening(search: Search, goal: Any) -> Failure:
    """As when no lemma could be found at all."""
    return Failure("no lemma", standing(search.machine, EFFECTS))


def test_a_failure_is_shown_and_kept_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = Cache(tmp_path)
    monkeypatch.setattr(Search, "prove", no_strengthening)
    # Under these policies no small scope breaks it: only the search can fail.
    sound = ("confirm", "all-acked")
    first = tried("idempotent-effects", cache, sound)
    assert first.proof is None
    assert first.shown is not None
    assert first.shown.supposed
    monkeypatch.setattr(Search, "prove", lambda search, goal: pytest.fail("it searches"))
    second = tried("idempotent-effects", cache, sound)
    assert second.cached
    assert second.shown is not None
    assert second.shown.states == first.shown.states
    assert second.reason == first.reason


def test_what_is_kept_is_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A state in the cache from which no step breaks the claim: it is tried again."""
    cache, sound = Cache(tmp_path), ("confirm", "all-acked")
    monkeypatch.setattr(Search, "prove", no_strengthening)
    tried("idempotent-effects", cache, sound)
    (path,) = tmp_path.glob("*.json")
    data = cache.load(path.stem)
    assert data is not None
    tables = data["against"]["tables"]
    tables["effects"] = [[[0 for _ in row] for row in tables["effects"][0]]]
    cache.save(path.stem, {k: v for k, v in data.items() if k != "key"})
    again = tried("idempotent-effects", cache, sound)
    assert not again.cached


@pytest.mark.parametrize("name", ["idempotent-state", "commands-commute"])
def test_a_run_of_a_small_scope_is_shown_instead_if_there_is_one(name: str, tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    for number in range(2):
        found = tried(name, cache)
        assert found.cached == bool(number)
        assert found.shown is not None
        assert (found.shown.broken, found.shown.supposed) == (True, False)


def test_what_is_proved_has_nothing_to_show() -> None:
    found = tried("version-override", policy=("confirm", "all-acked"))
    assert found.proof is not None
    assert found.shown is None
