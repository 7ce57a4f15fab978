"""Rules of markets: what each demands, which contradict each other, and who is under them."""

from __future__ import annotations

import itertools

import pytest
import z3
from hypothesis import given
from hypothesis import strategies as st

from unsay.designs.catalogue import shipped
from unsay.engines.compliance.comply import Findings, Span, findings, findings_elsewhere
from unsay.engines.compliance.conflicts import minimal_conflicts
from unsay.engines.compliance.meaning import STRATEGIES, Strategy
from unsay.model.design import Design, load_design, parse_design

SKELETON = """
title = "Markets"
sender = "alice"
message_kinds = ["private", "business"]

[nodes.here]
[nodes.there]
market = "far"

[[links]]
between = ["here", "there"]

[devices.alice-phone]
account = "alice"
home = "here"

[devices.bob-phone]
account = "bob"
home = "there"

[accounts.alice]
market = "near"

[accounts.bob]
market = "far"
"""


def design(near: str, far: str, more: str = "") -> Design:
    """Alice's market has one rule, and Bob's and his node's another."""
    text = SKELETON + more
    for market, rule in (("near", near), ("far", far)):
        head = f'[markets.{market}]\ntitle = "{market}"\n[[markets.{market}.rules]]\nname = "rule"'
        text += f'\n{head}\nsource = "assumed"\n{rule}\n'
    return parse_design(text)


def at(found: list[Findings], node: str) -> Findings:
    """The findings on the copies at ``node``."""
    (wanted,) = [f for f in found if any(c.node == node for c in f.group.copies)]
    return wanted


def conflicts(near: str, far: str, more: str = "") -> list[list[str]]:
    """What is in conflict at Bob's node, by name."""
    found = at(findings(design(near, far, more)), "there")
    return [sorted(map(str, c)) for c in found.own.conflicts]


ERASE = 'demand = "erase-within"\ndays = {}'
KEEP = 'demand = "retain-at-least"\nwhat = "{}"\ndays = {}'
LIMIT = 'demand = "retain-at-most"\nwhat = "{}"\ndays = {}'
READ = 'demand = "record-readable-by"\nreaders = ["court"]'
CLOSED = 'demand = "record-readable-only-by"\nreaders = ["{}"]'
BOTH = [["far.rule", "near.rule"]]
ROW, NO_ROW = '[policies]\naudit = "row"', '[policies]\naudit = "none"'


@pytest.mark.parametrize(
    ("near", "far", "more", "expected"),
    [
        (ERASE.format(30), KEEP.format("content", 30), ROW, []),
        (ERASE.format(30), KEEP.format("content", 31), ROW, BOTH),
        (ERASE.format(30), KEEP.format("record", 180), ROW, []),
        (ERASE.format(30), KEEP.format("message", 180), ROW, []),
        # Without an audit row there is no record, whatever else is demanded.
        (ERASE.format(30), KEEP.format("record", 180), NO_ROW, [["far.rule"]]),
        (ERASE.format(30), KEEP.format("message", 180), NO_ROW, BOTH),
        (LIMIT.format("record", 10), KEEP.format("record", 10), ROW, []),
        (LIMIT.format("record", 10), KEEP.format("record", 11), ROW, BOTH),
        # Either is enough to keep, and both have to go.
        (LIMIT.format("message", 10), KEEP.format("message", 11), ROW, BOTH),
        (LIMIT.format("content", 10), KEEP.format("message", 11), ROW, []),
        (READ, CLOSED.format("court"), ROW, []),
        (READ, CLOSED.format("auditor"), ROW, BOTH),
        # A record that is gone at once can be read by nobody.
        (READ, LIMIT.format("record", 0), ROW, BOTH),
        (CLOSED.format("auditor"), LIMIT.format("record", 0), ROW, []),
    ],
)
def test_which_two_rules_contradict_each_other(
    near: str, far: str, more: str, expected: list[list[str]]
) -> None:
    assert conflicts(near, far, more) == expected


@pytest.mark.parametrize(
    ("oldest", "days", "expected"),
    [("10", 40, []), ("10", 39, BOTH), ("0", 30, []), ('"any"', 39, BOTH)],
)
def test_days_from_the_send_are_counted_for_the_oldest_message(
    oldest: str, days: int, expected: list[list[str]]
) -> None:
    within = ERASE.format(days) + '\nsince = "send"'
    more = f"[retention]\noldest = {oldest}\n"
    assert conflicts(within, KEEP.format("content", 30), more) == expected


def test_keeping_from_the_send_is_longest_for_what_is_recalled_at_once() -> None:
    keep = KEEP.format("content", 30) + '\nsince = "send"'
    assert conflicts(ERASE.format(30), keep, "[retention]\noldest = 25\n") == []
    assert conflicts(ERASE.format(29), keep, "[retention]\noldest = 25\n") == BOTH


@pytest.mark.parametrize("storage", ["physical", "logical", "tiered"])
def test_content_that_only_hides_is_never_erased(storage: str) -> None:
    expected = [["near.rule"]] if storage == "logical" else []
    more = f'[policies]\nstorage = "{storage}"'
    assert conflicts(ERASE.format(30), KEEP.format("record", 1), more) == expected


def test_cold_storage() -> None:
    rules = 'demand = "no-cold-storage"', KEEP.format("content", 30)
    assert conflicts(*rules, '[policies]\nstorage = "tiered"') == [["near.rule"]]
    figures = "[retention]\nhot = 0\n"
    physical = [["far.rule", "retention.hot = 0"]]
    assert conflicts(*rules, figures + '[policies]\nstorage = "physical"') == physical


def test_the_figures_of_the_design_can_be_at_fault() -> None:
    more = '[retention]\ncontent = 40\nrecord = 60\nreaders = ["auditor"]\n'
    erase, keep = ERASE.format(30), KEEP.format("record", 90)
    expected = [["near.rule", "retention.content = 40"], ["far.rule", "retention.record = 60"]]
    assert conflicts(erase, keep, more) == expected
    assert conflicts(READ, keep, more)[0] == ["near.rule", "retention.readers = auditor"]


def test_the_days_to_choose_from() -> None:
    found = at(findings(design(ERASE.format(30), KEEP.format("record", 180))), "there")
    assert found.own.spans == {
        "hot": Span(0, 30),
        "content": Span(0, 30),
        "record": Span(180, None),
    }


def test_rules_that_agree_at_each_age_and_not_for_all_at_once() -> None:
    """What is erased 30 days after its send keeps both, and no days after the recall do."""
    rules = ERASE.format(35), KEEP.format("content", 30)
    both = [rule + '\nsince = "send"' for rule in rules]
    found = at(findings(design(*both, "[retention]\noldest = 10\n")), "there")
    assert found.rules_alone.kept
    assert not found.own.kept


def test_a_rule_holds_for_whom_and_for_what_it_says() -> None:
    def rules(far: str) -> dict[tuple[str, str], list[str]]:
        found = findings(design(ERASE.format(30), far))
        return {
            (c.node, c.kind): [str(d) for d in f.group.rules] for f in found for c in f.group.copies
        }

    both = ["near.rule", "far.rule"]
    everywhere = list(itertools.product(("here", "there"), ("private", "business")))
    assert rules(READ) == dict.fromkeys(everywhere, both)
    at_the_node = rules(READ + '\ncovers = ["node"]')
    assert at_the_node == {(n, k): both if n == "there" else both[:1] for n, k in everywhere}
    of_a_kind = rules(READ + '\nkinds = ["business"]')
    assert of_a_kind == {(n, k): both if k == "business" else both[:1] for n, k in everywhere}
    assert rules(READ + '\ncovers = ["sender"]') == dict.fromkeys(everywhere, both[:1])


def test_combinations_that_no_copy_of_the_design_has() -> None:
    far = KEEP.format("content", 180) + '\ncovers = ["sender"]'
    it = design(ERASE.format(30), far)
    assert all(f.own.kept for f in findings(it))
    broken = [f for f in findings_elsewhere(it) if not f.own.kept]
    assert {c.markets for f in broken for c in f.group.copies} == {
        (sender, receiver, node)
        for sender, receiver, node in itertools.product(("near", "far"), repeat=3)
        if sender == "far" and "near" in (receiver, node)
    }


def test_erase_and_retain_names_the_two_rules_and_the_path() -> None:
    broken = at(findings(load_design(shipped()["erase-and-retain"])), "sao-paulo")
    assert [sorted(map(str, c)) for c in broken.own.conflicts] == [["brazil.keep", "eu.erase"]]
    assert ("frankfurt", "sao-paulo") in [c.path for c in broken.group.copies]
    assert broken.rules_alone.kept
    kept = [s for s, answer in broken.others.items() if answer.kept]
    assert kept == [Strategy("physical", "row"), Strategy("tiered", "row")]
    repaired = findings(load_design(shipped()["erase-and-retain-repaired"]))
    assert all(f.own.kept for f in repaired)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=7))
def test_all_minimal_conflicts_and_only_these(spans: list[tuple[int, int]]) -> None:
    """Against every subset of some intervals: they agree where they all overlap."""
    x = z3.Int("x")
    demands = {i: z3.And(x >= low, x <= high) for i, (low, high) in enumerate(spans)}

    def agree(chosen: tuple[int, ...]) -> bool:
        return any(all(spans[i][0] <= v <= spans[i][1] for i in chosen) for v in range(5))

    expected: list[frozenset[int]] = []
    for size in range(len(spans) + 1):
        for chosen in itertools.combinations(range(len(spans)), size):
            if not agree(chosen) and not any(e <= set(chosen) for e in expected):
                expected.append(frozenset(chosen))
    found = minimal_conflicts([x >= 0, x <= 4], demands, most=1000)
    assert set(found) == set(expected)
    assert len(found) == len(expected)
    assert list(map(len, found)) == sorted(map(len, found))


def test_every_strategy_is_asked() -> None:
    assert len(set(STRATEGIES)) == len(STRATEGIES) == 6
