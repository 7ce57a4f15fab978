"""Budgets: what is used up is said, and garbage is not held against anybody."""

from __future__ import annotations

import gc

import pytest

from unsay.engines import budget
from unsay.engines.budget import Budget, BudgetError


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """What the process holds, in MiB, of which ``garbage`` goes when somebody collects it."""
    amounts = {"live": 100.0, "garbage": 0.0}
    monkeypatch.setattr(budget, "memory_mib", lambda: sum(amounts.values()))
    monkeypatch.setattr(budget, "_LATELY_SECONDS", -1.0)
    monkeypatch.setattr(gc, "collect", lambda: amounts.update(garbage=0.0))
    return amounts


def test_what_is_held_counts(held: dict[str, float]) -> None:
    assert Budget(memory_mib=100).exceeded() == ""
    assert Budget(memory_mib=99).exceeded() == "out of memory at 99 MiB"
    with pytest.raises(BudgetError, match="out of memory at 99 MiB"):
        Budget(memory_mib=99).check()


def test_garbage_is_collected_before_anybody_gives_up(held: dict[str, float]) -> None:
    held["garbage"] = 1000.0
    assert Budget(memory_mib=200).exceeded() == ""
    assert held["garbage"] == 0.0
    assert Budget(memory_mib=99).exceeded()


def test_memory_is_asked_for_again_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two looks the last one counts."""
    now, looks = [1000.0], []
    monkeypatch.setattr(budget.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(budget, "_latest", [-1.0, 0.0])
    monkeypatch.setattr(budget, "memory_mib", lambda: looks.append(now[0]) or 1.0)
    limited = Budget(memory_mib=100)
    for later in (0.0, 0.001, 0.002, 0.1):
        now[0] = 1000.0 + later
        assert limited.exceeded() == ""
    assert looks == [1000.0, 1000.1]


def test_a_part_has_a_share_of_what_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(budget.time, "monotonic", lambda: now[0])
    whole = Budget(100.0, 50, _start=0.0)
    now[0] = 60.0
    half = whole.part(1 / 2)
    assert (half.seconds, half.memory_mib) == (20.0, 50)
    assert whole.part(1 / 2, seconds_max=5.0).seconds == 5.0
    now[0] = 200.0
    assert (whole.remaining(), whole.exceeded()) == (
        0.0,
        "its share of the time limit, 100 s, ran out",
    )
