"""Nine in ten mutants of the machine are caught; those that are not are listed with the reason.

``tests/mutants_survivors.toml`` has the battery of designs, what is seen of each of them unbroken,
and the survivors. ``pytest tests/test_mutants.py --rewrite`` writes down what is seen now and keeps
the reasons that are known; a new survivor needs one, by hand.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from bench.mutants import (
    RECORD,
    Fate,
    Finding,
    Subject,
    battery,
    judge_all,
    look,
    sampled,
    table,
    told,
)
from bench.mutations import Mutant, mutants_of

from tests.helpers import POLICIES, chain
from tests.model.test_carriers import PAIRS as OF_BOTH_CARRIERS
from unsay.engines.explicit import Explicit
from unsay.engines.protocol import Task
from unsay.engines.verdict import Outcome, Verdict
from unsay.model.language import Rule, Update, terms
from unsay.model.recall.machine import build_machine
from unsay.properties import PROPERTIES

CAUGHT_MIN = 0.9
STATES_MAX = 6_000
"""Two in five of the designs have more: they take most of the time of a look at all."""
PARTS = (
    ("issue", "duplicate", "update_device", "confirm", "acknowledge"),
    (
        "deliver", "retry", "give_up", "hear_ack", "hear_refusal", "lose", "lose_ack",
        "lose_refusal", "crash", "forget_request", "reconnect", "disconnect",
        "purge", "forget_recall", "forget_row", "close", "fetch", "follow", "reconnect_with_gap",
        "wipe", "cut", "heal", "forge", "window_ends", "forget_note", "horizon_ends", "forward",
        "backfill", "age", "expire", "cite", "wait_no_longer", "reconnect_by", "cut_first",
        "heal_first", "switch", "reroute",
    ),
)  # fmt: skip
"""All rules, in two parts that take about as long as each other, but for those of the second
carrier: `test_carriers.py` holds them to those of the first."""
NO_REASON = "to be said"
HEAD = """\
# Written by `pytest tests/test_mutants.py --rewrite`, but for the designs and the reasons.
#
# [battery]: small designs that together have every rule and every option of every policy, and what
# the explicit engine sees of each: if a rule changes, this changes. A mutant is shown to them in
# this order. [survivors]: the mutants that none of them catches, by what is the matter with them.
"""

Record = dict[str, Any]


def record() -> Record:
    return tomllib.loads(RECORD.read_text())


def inline(value: object) -> str:
    """A value as TOML on one line."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {inline(v)}" for key, v in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(inline, value)) + "]"
    return str(value).lower() if isinstance(value, (bool, int)) else f'"{value}"'


def written(content: Record) -> str:
    """``content`` as TOML, in the layout of the file."""
    lines = [HEAD]
    for name, entry in content["battery"].items():
        lines += [f"[battery.{inline(name)}]"]
        lines += [f"{key} = {inline(value)}" for key, value in entry.items()]
        lines += [""]
    for fate, survivors in content.get("survivors", {}).items():
        lines += [f"[survivors.{inline(fate)}]"]
        lines += [f"{inline(mutant)} = {inline(reason)}" for mutant, reason in survivors.items()]
        lines += [""]
    return "\n".join(lines[:-1]) + "\n"


def seen(verdicts: Mapping[str, Verdict]) -> str:
    """One search in words: the counts, and every property that does not simply hold."""
    counts = {told(v).split("; ")[1] for v in verdicts.values()}
    words = [f"{n} {told(v).split('; ')[0]}" for n, v in verdicts.items() if "HOLDS" not in told(v)]
    return "; ".join([*sorted(counts), *words])


def states(sees: str) -> int:
    """The most states that a search saw, of what ``seen`` said."""
    return max(int(n) for n in re.findall(r"(\d+) states", sees))


def rule_of(mutant: str) -> str:
    """The rule that the mutant of that name breaks."""
    return mutant.partition(" | ")[0]


def survivors(findings: Mapping[Mutant, Finding], known: Mapping[str, str]) -> Record:
    """The mutants that live, by fate, with the reasons that are known."""
    found: Record = {}
    for mutant, finding in sorted(findings.items()):
        if not finding.fate.caught:
            group = found.setdefault(finding.fate.name.lower(), {})
            group[str(mutant)] = known.get(str(mutant), NO_REASON)
    return found


def test_the_battery_looks_as_written_down(rewrite: bool, thorough: bool) -> None:
    """What catches a mutant here is a golden number: the same change of a rule fails this test.

    Of designs with so many states as ``STATES_MAX`` only with ``--thorough`` or ``--rewrite``.
    """
    content = record()
    some = battery()
    if not (rewrite or thorough):
        some = {n: d for n, d in some.items() if states(content["battery"][n]["sees"]) < STATES_MAX}
    now = {name: seen(look(build_machine(d))) for name, d in some.items()}
    if rewrite:
        for name, entry in content["battery"].items():
            entry["sees"] = now[name]
        RECORD.write_text(written(content))
        pytest.skip("battery rewritten")
    assert now == {name: content["battery"][name]["sees"] for name in some}


def known_survivors() -> dict[str, str]:
    """The survivors that are written down, with their reasons."""
    groups = record().get("survivors", {}).values()
    return {mutant: why for group in groups for mutant, why in group.items()}


@pytest.mark.parametrize("rules", PARTS, ids=" ".join)
def test_each_mutant_is_caught_or_known(
    rules: tuple[str, ...], rewrite: bool, thorough: bool
) -> None:
    """In parts, because this takes longest of all tests and parts can run beside each other.

    That a survivor takes no other step is looked at each time. That one which does is unnoticed
    in every design is not, unless ``--thorough`` or ``--rewrite``: were it caught after all, the
    list would say too much, and nothing would be missed. Without these options, one mutant in 40 is
    looked at.
    """
    content = record()
    one_in = 1 if rewrite or thorough else 40
    settled = () if rewrite or thorough else content.get("survivors", {}).get("unnoticed", {})
    findings = judge_all(battery(), rules, settled=settled, one_in=one_in)
    alive = survivors(findings, known_survivors())
    print(table(findings))
    if rewrite:
        for fate in alive:
            content.setdefault("survivors", {}).setdefault(fate, {})
        for fate, group in content["survivors"].items():
            others = {m: why for m, why in group.items() if rule_of(m) not in rules}
            group.clear()
            group |= dict(sorted((others | alive.get(fate, {})).items()))
        RECORD.write_text(written(content))
        pytest.skip("survivors rewritten")
    of_these = {
        fate: own
        for fate, group in content["survivors"].items()
        if (own := {m: w for m, w in group.items() if rule_of(m) in rules and sampled(m, one_in)})
    }
    assert alive == of_these


def test_nine_in_ten_mutants_are_caught() -> None:
    """All that are not written down as survivors are caught: that is the test above."""
    machines = [build_machine(d) for d in battery().values()]
    of_second = set(OF_BOTH_CARRIERS.values())
    every = {str(m) for machine in machines for m in mutants_of(machine)}
    every = {m for m in every if rule_of(m) not in of_second}
    alive = known_survivors()
    assert set(alive) <= every
    assert {rule_of(m) for m in every} == {rule for part in PARTS for rule in part}
    assert len(alive) <= (1 - CAUGHT_MIN) * len(every)
    assert NO_REASON not in alive.values()


def test_the_battery_has_every_rule_and_every_option() -> None:
    designs = list(battery().values())
    machines = [build_machine(d) for d in designs]
    assert {r.name for m in machines for r in m.rules} == machines[0].declared
    for key, options in POLICIES.items():
        chosen = [getattr(d.policies, key) for d in designs]
        if key != "durable":
            assert set(chosen) == set(options), key
    tables = {t for option in POLICIES["durable"] for t in option}
    assert tables == {t for d in designs for t in d.policies.durable}
    assert all(any(t not in d.policies.durable for d in designs) for t in tables)


# --- The harness itself can fail, and can tell ---------------------------------------------------


@pytest.fixture(scope="module")
def subject() -> Subject:
    return Subject("small", chain(2, 1))


def unchanged(rule: Rule) -> Rule:
    """The same rule in other words."""
    guards = (replace(g, condition=terms.Not(terms.Not(g.condition))) for g in rule.guards)
    updates = (replace(u, where=terms.And((u.where, terms.TRUE))) for u in rule.updates)
    return replace(rule, guards=tuple(guards), updates=tuple(updates))


def test_an_unbroken_machine_is_not_caught(subject: Subject) -> None:
    for rule in subject.machine.rules:
        assert subject.judge(rule).fate is Fate.IDENTICAL
        assert subject.judge(unchanged(rule)).fate is Fate.IDENTICAL
    again = look(subject.machine.with_rules(map(unchanged, subject.machine.rules)))
    assert seen(again) == seen(subject.verdicts)


def test_counts_tell_nothing_that_verdicts_do_not_tell(subject: Subject) -> None:
    """The quick way to catch a mutant catches no more, and leaves the rest open. Every ninth."""
    quick_enough = 0
    for mutant, rule in list(mutants_of(subject.machine).items())[::9]:
        quick, full = subject.count(rule).fate, subject.judge(rule).fate
        quick_enough += quick is Fate.COUNTED
        assert full.caught or not quick.caught, str(mutant)
        assert quick in (full, Fate.COUNTED, Fate.UNNOTICED), str(mutant)
    assert quick_enough


def test_what_makes_no_step_differ_is_told_apart_from_what_is_the_same(subject: Subject) -> None:
    """A condition that is true wherever the rule can happen is no mistake that a test could see."""
    rule = subject.machine.rule("hear_ack")
    told_twice = replace(rule.updates[0], where=rule.guards[0].condition)
    assert told_twice.where != terms.TRUE
    same = replace(rule, updates=(told_twice, *rule.updates[1:]))
    assert subject.judge(same).fate in (Fate.IDENTICAL, Fate.SAME_STEPS)


def test_a_value_that_the_cell_never_held_is_a_difference(subject: Subject) -> None:
    """The packed state of the unbroken machine has no room for it."""
    rule = subject.machine.rule("deliver")
    early = next(s for s in subject.machine.symbols if s.name == "early")
    newest = next(u for u in rule.updates if u.symbol.name == "newest")
    assert all(u.symbol != early for r in subject.machine.rules for u in r.updates)
    stray = Update(early, newest.arguments, terms.TRUE)
    fate = subject.judge(replace(rule, updates=(*rule.updates, stray))).fate
    assert fate is Fate.UNNOTICED  # nothing reads the table in this design
    never = replace(stray, where=terms.Not(rule.guards[0].condition))
    assert subject.judge(replace(rule, updates=(*rule.updates, never))).fate < Fate.UNNOTICED


MISTAKES = {
    "deliver | guard in_flight | wire[c, u, v] | dropped": Fate.REFUSED,
    "deliver | update newest | newest[v, target[c]] becomes version[c] | dropped": Fate.JUDGED,
    "hear_ack | guard here | u = origin[target[c]] | dropped": Fate.COUNTED,
    "issue | update newest | newest[v, target[c]] < version[c] | or equal": Fate.SAME_STEPS,
}


@pytest.mark.parametrize("name", MISTAKES)
def test_fates(subject: Subject, name: str) -> None:
    rules = {str(m): rule for m, rule in mutants_of(subject.machine).items()}
    assert subject.judge(rules[name]).fate is MISTAKES[name]


def test_a_search_that_outgrows_its_limit_still_tells(subject: Subject) -> None:
    verdicts = look(subject.machine, at_most=100)
    assert not any(v.complete for v in verdicts.values())
    assert {v.outcome for v in verdicts.values()} <= {Outcome.BOUNDED, Outcome.UNKNOWN}


def test_one_search_for_all_properties_agrees_with_the_engine() -> None:
    for name in ("crash", "last arrival, one node", "recall and resend"):
        machine = build_machine(battery()[name])
        apart = Explicit().check(Task(machine, list(PROPERTIES.values())))
        for p, verdict in look(machine).items():
            assert verdict.outcome is apart[p].outcome
            assert len(verdict.run or ()) == len(apart[p].run or ())
