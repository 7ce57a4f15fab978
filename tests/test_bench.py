"""The benchmark protocol: the published counts, the command, and what it says of wrong sizes."""

from __future__ import annotations

import re

import pytest
from click.testing import CliRunner, Result

from unsay.cli import main
from unsay.engines.budget import peak_mib, since_start
from unsay.engines.exhaustive import Exhaustive
from unsay.engines.explicit import Explicit
from unsay.engines.protocol import Task
from unsay.engines.run import Step, replay
from unsay.engines.verdict import Outcome
from unsay.model.language import Machine, ModelError
from unsay.model.recall_bench import Size, build_bench
from unsay.properties.recall_bench import BENCH_PROPERTIES, marked

COUNTS = {
    (4, 1, 2): 65_793,
    (3, 2, 1): 25_921,
    (2, 3, 2): 185_193,
    (5, 1, 2): 2_580_993,
    (3, 2, 2): 3_101_121,
    (2, 4, 2): 10_556_001,
    (8, 1, 1): 35_848_193,
    (5, 2, 2): 6_661_524_866_049,
    (8, 2, 2): 26_855_293_620_975_181_365_249,
    (10, 3, 3): 18_871_225_988_781_808_126_205_076_667_240_213_660_054_139_112_412_754_739_201,
}
"""Reachable states by nodes, messages, recalls: other checkers' figures, but for the last.

Published for (10, 3, 3) is a number with 228 where this has 808. It cannot be right: no rule
touches two messages, so the count is the third power of that for one, and that number is no cube.
"""


def bench(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["bench", *map(str, arguments)])


def formula(nodes: int, recalls: int) -> int:
    """States of one message, counted by hand.

    Not sent: one. Sent, with k recalls issued: what each node but the first has is one of so many
    things that only k decides, apart from the others; and a copy of the message is there or not.
    """
    total = 1
    for issued in range(recalls + 1):
        total += (2 * one_node(issued)) ** (nodes - 1)
    return total


def one_node(issued: int) -> int:
    """What a node can have: a copy of each issued recall or not, each confirmed or not, its status.

    The newest confirmed recall decides the status; where none is, it is absent or shown.
    """
    return 2**issued * (2 + (2**issued - 1))


@pytest.mark.parametrize("size", COUNTS)
def test_the_counts(size: tuple[int, int, int]) -> None:
    result = bench(*size)
    assert result.exit_code == 0
    line = re.fullmatch(r"states=(\d+) seconds=\d+\.\d\d memory_mib=\d+\n", result.stdout)
    assert line
    assert int(line[1]) == COUNTS[size]


@pytest.mark.parametrize(("nodes", "recalls"), [(2, 1), (4, 2), (8, 1), (10, 3), (32, 2)])
def test_messages_are_independent_and_countable_by_hand(nodes: int, recalls: int) -> None:
    one = formula(nodes, recalls)
    for messages in (1, 2, 3):
        machine = build_bench(Size(nodes, messages, recalls))
        task = Task(machine, BENCH_PROPERTIES, reductions=False)
        verdicts = Exhaustive().check(task).values()
        assert {v.outcome for v in verdicts} == {Outcome.HOLDS}
        assert {v.states for v in verdicts} == {one**messages}


@pytest.mark.parametrize("size", [(2, 1, 1), (3, 1, 2), (2, 2, 2), (3, 2, 1), (3, 1, 3)])
def test_the_search_that_visits_each_state_agrees(size: tuple[int, int, int]) -> None:
    task = Task(build_bench(Size(*size)), BENCH_PROPERTIES)
    explicit, exhaustive = Explicit().check(task), Exhaustive().check(task)
    for p in BENCH_PROPERTIES:
        one, other = explicit[p.name], exhaustive[p.name]
        assert one.outcome is other.outcome is Outcome.HOLDS
        assert (one.states, one.transitions) == (other.states, other.transitions)


def without_comparison(machine: Machine) -> Machine:
    """The same protocol, but that the last recall to arrive wins."""
    from dataclasses import replace

    rules = []
    for rule in machine.rules:
        if rule.name == "deliver_recall":
            updates = tuple(
                replace(u, where=rule.guards[0].condition) if u.symbol.name == "number" else u
                for u in rule.updates
            )
            rule = replace(rule, updates=updates)
        rules.append(rule)
    return machine.with_rules(rules)


def test_a_protocol_broken_on_purpose_is_not_passed() -> None:
    machine = without_comparison(build_bench(Size(3, 1, 2)))
    broken = Exhaustive().check(Task(machine, [marked]))[marked.name]
    assert broken.outcome is Outcome.VIOLATED
    assert broken.run is not None
    assert broken.run[-1] == Step("deliver_recall", ("m1", "r1", broken.run[-1].arguments[2]))
    assert replay(machine, broken.run, marked).broken
    same = Explicit().check(Task(machine, [marked]))[marked.name]
    assert len(same.run or ()) == len(broken.run)


@pytest.mark.parametrize("size", [(1, 1, 1), (3, 0, 1), (3, 1, -1), (3, 1), ("few", 1, 1)])
def test_wrong_sizes_are_one_line_and_exit_code_2(size: tuple[object, ...]) -> None:
    result = bench(*size)
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1
    assert result.stdout == ""


@pytest.mark.parametrize(
    "size", [(999_999_999, 1, 1), (2, 10**9, 1), (2, 1, 10**30), (100, 100, 11)], ids=str
)
@pytest.mark.parametrize("options", [(), ("--export", "tla")], ids=["count", "export"])
def test_a_size_that_no_limit_could_stop_is_refused(
    size: tuple[int, int, int], options: tuple[str, ...]
) -> None:
    """Limits bind once there is a machine; the machine itself must fit."""
    result = bench(*size, *options, "--time-limit", 0.5)
    copies = f"{size[0] * size[1] * size[2]:,}"
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        f"unsay: recall-bench: too large: nodes x messages x recalls is {copies}; "
        "at most 100,000 are allowed\n"
    )


def test_the_largest_size_is_a_size() -> None:
    assert Size(100, 100, 10)


def test_a_size_is_checked_where_it_is_made() -> None:
    with pytest.raises(ModelError, match="nodes: expected at least 2"):
        Size(1, 1, 1)


def test_out_of_time_is_said_and_counts_nothing() -> None:
    result = bench(64, 4, 4, "--time-limit", 0.2)
    assert result.exit_code == 3
    assert result.stdout == ""
    assert "ran out" in result.stderr


def test_time_and_memory_are_those_of_the_process() -> None:
    assert 0 < since_start() < 24 * 3600
    assert 10 < peak_mib() < 100_000
