"""The rules of a link's second carrier are those of the first, with the tables exchanged.

So a mistake in one of them is one in both, or is seen here. ``tests/test_mutants.py`` breaks those
of the first only.
"""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.helpers import chain
from unsay.model.language import Rule
from unsay.model.recall.machine import build_machine

PAIRS = {
    "deliver": "deliver_by_second",
    "lose": "lose_by_second",
    "duplicate": "duplicate_by_second",
    "cut_first": "cut_second",
    "heal_first": "heal_second",
}
OTHER = {"wire": "second_wire", "ahead": "second_ahead", "first_down": "second_down"}
OTHER |= {second: first for first, second in OTHER.items()}
DESIGNS: dict[str, dict[str, Any]] = {
    "in order": {"policies": {"carrier": "when-down"}, "faults": {"reorder": False}},
    "chasing": {"policies": {"carrier": "measured", "dispatch": "chase", "retry": "none"}},
    "any order": {"policies": {"deduplication": "none", "ordering": "last-arrival"}},
    "gossip": {"policies": {"dispatch": "gossip", "storage": "tiered", "buffer": "stopped"}},
}


def exchanged(text: str) -> str:
    """The words of a rule, about the other carrier."""
    text = re.sub(r"\w+", lambda word: OTHER.get(word[0], word[0]), text)
    halves = re.split(r"(?:not )?switched(?=\[)", text)
    used = re.findall(r"(?:not )?switched(?=\[)", text)
    other = ["switched" if word.startswith("not") else "not switched" for word in used]
    return "".join(part + word for part, word in zip(halves, [*other, ""], strict=True))


def words(rule: Rule) -> tuple[dict[str, str], list[str]]:
    return {g.name: str(g.condition) for g in rule.guards}, sorted(map(str, rule.updates))


@pytest.mark.parametrize("first", PAIRS)
@pytest.mark.parametrize("design", DESIGNS)
def test_the_second_carrier_is_as_the_first(design: str, first: str) -> None:
    faults = {"loss": 2, "duplication": 2, "partition": 2, "crash": 1}
    sections = DESIGNS[design]
    sections = {**sections, "faults": {**faults, **sections.get("faults", {})}}
    machine = build_machine(chain(3, 2, carriers=2, **sections))
    guards, updates = words(machine.rule(first))
    other = {name: exchanged(text) for name, text in guards.items()}
    assert words(machine.rule(PAIRS[first])) == (other, sorted(map(exchanged, updates)))


def test_a_table_that_is_not_exchanged_is_noticed() -> None:
    assert (
        exchanged("wire[c, u, v] and not switched[v, w]")
        == "second_wire[c, u, v] and switched[v, w]"
    )
    assert exchanged("switched[u, v]") == "not switched[u, v]"
    machine = build_machine(chain(2, 1, carriers=2, faults={"partition": 1}))
    assert words(machine.rule("heal_first")) != words(machine.rule("heal_second"))
