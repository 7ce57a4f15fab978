"""What there was no time for: left out by the same command, and by no other."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from tests.engines.proofs import BENCH, with_guard, with_update
from unsay.engines.budget import Budget, BudgetError
from unsay.engines.proof import attempts as attempts_module
from unsay.engines.proof import small
from unsay.engines.proof.archive import Archive
from unsay.engines.proof.attempts import BROKEN, attempts
from unsay.engines.proof.cache import Cache
from unsay.engines.proof.found import Failure
from unsay.engines.proof.search import Search
from unsay.engines.proof.small import Looked
from unsay.model.language import forall
from unsay.model.language.rules import Guard
from unsay.model.language.terms import TRUE
from unsay.model.recall_bench import Size, build_bench, n
from unsay.properties.recall_bench import confirmed_means_applied, marked

BOTH = (marked, confirmed_means_applied)
WORDS = (
    "not tried again: its time ran out before, with {} s for all; "
    "it is with {} s or more, or --no-cache"
)
LEFT_OUT = WORDS.format(60, 75)
RAN_OUT = "too late"
GUARDED = with_guard(BENCH, "send", Guard("someone", forall(n, n == n).term))


@dataclass
class Searches:
    """Stands in for all searches: each ends out of time.

    Attributes:
        cache: What is kept.
        time_is_up: Whether it was time that ran out.
        then: What comes of a second search for the same, if not that.
        count: How many searches there were.
    """

    cache: Cache
    time_is_up: bool = True
    then: Failure | None = None
    count: int = 0
    used_up: list[Budget] = field(default_factory=list)
    _seen: set[Any] = field(default_factory=set)

    def prove(self, search: Any, goal: Any) -> Failure:
        """The search: it ends, and its share of the time is used up, or something else is."""
        self.count += 1
        if goal in self._seen and self.then is not None:
            return self.then
        self._seen.add(goal)
        if self.time_is_up:
            self.used_up.append(search.pause.__self__.budget)
        raise BudgetError(RAN_OUT)

    def said(
        self, claims: Any = BOTH, seconds: float | None = 60.0, machine: Any = BENCH, **more: Any
    ) -> set[str]:
        """What is said of ``claims``."""
        self.count = 0
        self._seen.clear()
        found = attempts(machine, claims, Budget(seconds), cache=self.cache, **more)
        assert not any(a.complete or a.proof for a in found)
        assert all(a.cached == a.reason.startswith("not tried again") for a in found)
        return {a.reason for a in found}


@pytest.fixture
def searches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Searches:
    made = Searches(Cache(tmp_path))
    genuine = Budget.remaining

    def remaining(budget: Budget) -> float | None:
        return 0.0 if any(b is budget for b in made.used_up) else genuine(budget)

    monkeypatch.setattr(Search, "prove", lambda self, goal: made.prove(self, goal))
    monkeypatch.setattr(Budget, "remaining", remaining)
    return made


def files(searches: Searches) -> dict[str, str]:
    return {p.name: p.read_text() for p in searches.cache.folder.iterdir()}


@pytest.mark.parametrize("seconds", [60.0, 74.0, 5.0])
def test_the_same_search_is_left_out_however_often(searches: Searches, seconds: float) -> None:
    assert searches.said() == {RAN_OUT}
    kept = files(searches)
    for _ in range(2):
        assert searches.said(seconds=seconds) == {LEFT_OUT}
        assert searches.count == 0
        assert files(searches) == kept


@pytest.mark.parametrize(
    "other",
    [
        {"seconds": 75.0},
        {"seconds": None},
        {"claims": [marked]},
        {"claims": [confirmed_means_applied]},
        {"machine": build_bench(Size(4, 2, 3))},
        {"machine": GUARDED},
        {"archive": Archive({})},
    ],
    ids=["more time", "no limit", "fewer", "other", "structure", "rule", "archive"],
)
def test_another_search_is_made(searches: Searches, other: dict[str, Any]) -> None:
    assert searches.said() == {RAN_OUT}
    assert searches.said(**other) == {RAN_OUT}
    assert searches.count > 0
    # It takes the place of this one only if it is the same, but longer.
    longer = other == {"seconds": 75.0}
    assert searches.said() == {WORDS.format(75, 94) if longer else LEFT_OUT}


def test_more_claims_help_each_other_so_they_are_another_search(searches: Searches) -> None:
    assert searches.said(claims=[marked]) == {RAN_OUT}
    assert searches.said() == {RAN_OUT}


def test_what_something_else_than_the_clock_ended_is_searched_for_again(
    searches: Searches,
) -> None:
    searches.time_is_up = False
    assert searches.said() == {RAN_OUT}
    assert files(searches) == {}


def test_what_failed_in_a_second_try_is_searched_for_again(searches: Searches) -> None:
    """What the first gave up hangs on the clock, and what the second says is more than that."""
    searches.then = Failure("no lemma")
    assert searches.said() == {"no lemma"}
    assert files(searches) == {}


def test_of_another_archive_it_is_not_kept(searches: Searches) -> None:
    assert searches.said(archive=Archive({})) == {RAN_OUT}
    assert files(searches) == {}


@pytest.mark.parametrize("seconds", [None, "60", float("nan"), [60.0]])
def test_garbage_is_no_time(searches: Searches, seconds: Any) -> None:
    searches.said()
    for path in searches.cache.folder.iterdir():
        searches.cache.save(path.stem, {"seconds": seconds})
    assert searches.said() == {RAN_OUT}


def test_a_proof_found_since_is_what_counts(
    searches: Searches, monkeypatch: pytest.MonkeyPatch
) -> None:
    searches.said()
    monkeypatch.undo()
    assert all(a.proof for a in attempts(BENCH, BOTH, Budget(600), cache=searches.cache))
    again = attempts(BENCH, BOTH, Budget(60), cache=searches.cache)
    assert [(a.proof is None, a.cached) for a in again] == [(False, True)] * 2


def test_small_scopes_are_looked_at_once_more_for_what_ran_out_of_time(
    searches: Searches, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How far the first look gets hangs on the machine; that a scope breaks a claim does not."""
    old = BENCH.rule("deliver_recall").updates[1]
    broken = with_update(BENCH, "deliver_recall", 1, replace(old, where=TRUE))
    looks = [Looked((), frozenset(), frozenset({p.name for p in BOTH}))]

    def look(*about: Any) -> Looked:
        return looks.pop() if looks else small.look(*about)

    monkeypatch.setattr(attempts_module, "look", look)
    monkeypatch.setattr(attempts_module, "size_that_breaks", lambda *about: "")
    found = attempts(broken, BOTH, Budget(60), cache=searches.cache)
    assert [(a.reason, a.complete) for a in found] == [(BROKEN, True), (RAN_OUT, False)]
    assert found[0].shown is not None
    again = attempts(broken, BOTH, Budget(60), cache=searches.cache)
    assert [a.reason for a in again] == [BROKEN, LEFT_OUT]
