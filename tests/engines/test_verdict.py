"""Verdicts: the exit codes, and how far a verdict reaches, in words."""

from __future__ import annotations

import pytest

from unsay.engines.run import Step
from unsay.engines.verdict import Outcome, Verdict, exit_code


def verdict(outcome: Outcome, **more: object) -> Verdict:
    return Verdict("no-resurrection", outcome, "explicit", **more)  # type: ignore[arg-type]


EXIT_CODES = [
    ([], 0),
    ([Outcome.PROVED], 0),
    ([Outcome.HOLDS], 0),
    ([Outcome.BOUNDED], 0),
    ([Outcome.SAMPLED], 0),
    ([Outcome.PROVED, Outcome.HOLDS, Outcome.BOUNDED, Outcome.SAMPLED], 0),
    ([Outcome.VIOLATED], 1),
    ([Outcome.UNKNOWN], 3),
    ([Outcome.VACUOUS], 3),
    ([Outcome.HOLDS, Outcome.VACUOUS], 3),
    ([Outcome.UNKNOWN, Outcome.VIOLATED], 1),
    ([Outcome.VIOLATED, Outcome.VACUOUS, Outcome.HOLDS], 1),
]


@pytest.mark.parametrize(("outcomes", "code"), EXIT_CODES, ids=str)
def test_exit_codes(outcomes: list[Outcome], code: int) -> None:
    """DESIGN section 4: 0 all hold as asked; 1 a violation; 3 unknown, vacuous, out of budget."""
    assert exit_code([verdict(o) for o in outcomes]) == code


@pytest.mark.parametrize("outcome", [Outcome.HOLDS, Outcome.BOUNDED, Outcome.SAMPLED])
def test_what_is_incomplete_is_no_success(outcome: Outcome) -> None:
    """DESIGN section 4: out of budget is exit code 3, whatever was found by then."""
    assert exit_code([verdict(outcome, complete=False)]) == 3
    assert exit_code([verdict(outcome, complete=False), verdict(Outcome.VIOLATED)]) == 1


REACHES = [
    (verdict(Outcome.VIOLATED, run=(Step("issue", ("m1.send", "a")),)), "in 1 steps"),
    (
        verdict(Outcome.VIOLATED, run=(Step("issue", ()),) * 4, shortest=True),
        "in 4 steps, the fewest",
    ),
    (verdict(Outcome.HOLDS, states=56727), "all 56,727 reachable states"),
    (verdict(Outcome.VACUOUS, states=9), "all 9 reachable states"),
    (verdict(Outcome.BOUNDED, depth=12, states=10), "every run of at most 12 steps"),
    (verdict(Outcome.SAMPLED, runs=1200), "1,200 random runs"),
    (verdict(Outcome.PROVED, lemmas=()), "any size, with no lemma"),
    (verdict(Outcome.PROVED, lemmas=("one",)), "any size, by 1 lemma"),
    (verdict(Outcome.PROVED, lemmas=("one", "two")), "any size, by 2 lemmas"),
    (verdict(Outcome.UNKNOWN, depth=3, states=10, runs=5), ""),
]


@pytest.mark.parametrize(("given", "words"), REACHES, ids=[v.outcome.value for v, _ in REACHES])
def test_reach_says_how_far(given: Verdict, words: str) -> None:
    """DESIGN section 4: never a bare "ok"."""
    assert given.reach == words


def test_the_ladder_has_no_other_rungs() -> None:
    assert [o.value for o in Outcome] == [
        "PROVED", "HOLDS", "BOUNDED", "SAMPLED", "VIOLATED", "VACUOUS", "UNKNOWN",
    ]  # fmt: skip
