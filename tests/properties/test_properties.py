"""Every property: its words, its formulas on every design, and that it says something.

DESIGN sections 4 and 6: each property names a witness; a property that no design breaks, or whose
situation never comes up, would say nothing.
"""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from tests.helpers import NO_FAULTS, POLICIES, chain, designs
from unsay.engines.explicit import Explicit
from unsay.engines.fair import promises
from unsay.engines.protocol import Task
from unsay.engines.run import replay
from unsay.engines.verdict import Outcome, Verdict
from unsay.model.design import Design
from unsay.model.language import Term
from unsay.model.language.terms import And, Literal, Or, free_variables
from unsay.model.readings.formulas import Formula, In
from unsay.model.readings.ground import Ground, ground
from unsay.model.recall.machine import build_machine
from unsay.properties import PROPERTIES, Property, PropertyKind

NAMES = list(PROPERTIES)
SENTENCE_LENGTH_MAX = 200


def explicit(design: Design, *names: str, states_max: int | None = None) -> dict[str, Verdict]:
    """The explicit verdicts; a search of more states than ``states_max`` is broken off."""

    def report(line: str) -> None:
        found = re.match(r"([\d,]+) states", line)
        if found and states_max is not None and int(found[1].replace(",", "")) > states_max:
            raise KeyboardInterrupt

    properties = [PROPERTIES[name] for name in names]
    return Explicit().check(Task(build_machine(design), properties, report=report))


# Words.


@pytest.mark.parametrize("name", NAMES)
def test_a_property_is_one_sentence_without_symbols(name: str) -> None:
    """``Property.sentence``: what it says, in one sentence without symbols."""
    p = PROPERTIES[name]
    assert p.name == name
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", name)
    assert re.fullmatch(r"[A-Z][A-Za-z ,;()'-]*\.", p.sentence)
    assert len(p.sentence) <= SENTENCE_LENGTH_MAX
    assert "  " not in p.sentence


@pytest.mark.parametrize("name", NAMES)
def test_a_witness_is_a_clause_that_completes_a_sentence(name: str) -> None:
    """Reports say "never: " and then the situation."""
    clause = PROPERTIES[name].witness_sentence
    assert re.fullmatch(r"[a-z][A-Za-z ,'-]*[a-z]", clause)
    assert len(clause) <= SENTENCE_LENGTH_MAX


def test_no_two_properties_say_the_same() -> None:
    assert len({p.sentence for p in PROPERTIES.values()}) == len(PROPERTIES)


@pytest.mark.parametrize("name", NAMES)
def test_stronger_properties_exist_and_do_not_go_round_in_circles(name: str) -> None:
    stronger, seen = set(PROPERTIES[name].implied_by), {name}
    while stronger:
        assert stronger <= set(PROPERTIES)
        assert not stronger & seen
        seen |= stronger
        stronger = {s for each in stronger for s in PROPERTIES[each].implied_by}


# Formulas, on every combination of policies.

Choice = tuple[tuple[str, Any], ...]


def sensible(policies: dict[str, Any]) -> dict[str, Any]:
    """Without request ids there is no record of them and no repeat to answer."""
    if policies["deduplication"] == "none":
        return {**policies, "request_record": "forever", "repeat_answer": "same"}
    return policies


def chosen(policies: dict[str, Any], number: int) -> set[Choice]:
    return {
        tuple((key, str(policies[key])) for key in keys)
        for keys in itertools.combinations(POLICIES, number)
    }


def covering(number: int) -> Iterator[dict[str, Any]]:
    """Policies in which every sensible choice of ``number`` policies occurs together."""
    pick = random.Random(number)

    def some() -> dict[str, Any]:
        return sensible({key: pick.choice(options) for key, options in POLICIES.items()})

    everything: set[Choice] = set()
    for keys in itertools.combinations(POLICIES, number):
        for options in itertools.product(*(POLICIES[k] for k in keys)):
            defaults = {key: options[0] for key, options in POLICIES.items()}
            asked = {**defaults, **dict(zip(keys, options, strict=True))}
            if sensible(asked) == asked:
                everything.add(tuple((k, str(o)) for k, o in zip(keys, options, strict=True)))
    while everything:
        best = max((some() for _ in range(20)), key=lambda p: len(chosen(p, number) & everything))
        everything -= chosen(best, number)
        yield best


SCOPES = (["recall"], ["edit"], ["edit", "recall"], ["recall", "restore"], ["recall", "resend"])


def built(policies: dict[str, Any], number: int) -> Design:
    on, off = (dict.fromkeys(("loss", "duplication", "crash", "offline"), n) for n in (1, 0))
    return chain(
        1 + number % 2,
        1 + number // 2 % 3,
        policies=policies,
        lifetimes={"window": "1d"} if policies["window"] == "each-receiver" else {},
        faults={
            **(on if number % 3 else off),
            "forgery": int(not number % 4),
            "reorder": bool(number % 5),
            "reorder_pushes": bool(number % 7),
        },
        scope={"commands": SCOPES[number % len(SCOPES)]},
    )


def closed(term: Term) -> bool:
    return term.sort.name == "Bool" and not free_variables(term)


def test_every_property_builds_on_every_three_policies(thorough: bool) -> None:
    """Each choice of three policies occurs with each property; scope and faults vary with it.

    Only the first of these designs, unless ``--thorough``: those with most choices that are new.
    """
    rows = list(itertools.islice(covering(3), None if thorough else 40))
    assert len(rows) > 27
    for number, policies in enumerate(rows):
        machine = build_machine(built(policies, number))
        for p in PROPERTIES.values():
            claim, situation = p.claim(machine), p.situation(machine)
            assert closed(claim), p.name
            assert closed(situation), p.name
            assert p.reads(machine) <= set(machine.symbols), p.name


def ground_claim(grounded: Ground, p: Property) -> Formula:
    """The claim of ``p``; of a claim about infinite runs, that no premise holds that is left."""
    if p.kind is PropertyKind.EVENTUALLY:
        return not list(promises(grounded, p)) or In(0, frozenset())
    return grounded.property_formula(p.claim(grounded.machine))


def test_every_property_grounds_on_every_two_policies() -> None:
    """No claim is trivial where its situation can come up at all."""
    told_apart: dict[str, int] = dict.fromkeys(NAMES, 0)
    for number, policies in enumerate(covering(2)):
        machine = build_machine(built(policies, number))
        history = {s for s in machine.symbols if s.role == "history"}
        grounded = ground(machine, history)
        for p in PROPERTIES.values():
            claim = ground_claim(grounded, p)
            situation = grounded.property_formula(p.situation(machine))
            assert claim is not False, p.name
            assert situation is not True, p.name
            told_apart[p.name] += claim is not True and situation is not False
    assert all(told_apart.values()), told_apart


@pytest.mark.parametrize("name", NAMES)
def test_a_claim_is_about_its_kind(name: str) -> None:
    """State claims grow no step words; the claim of a step property has some."""
    p = PROPERTIES[name]
    text = str(p.claim(build_machine(chain(2, 2))))
    about_steps = "next(" in text or " happens" in text
    assert about_steps == (p.kind is PropertyKind.STEP)


@pytest.mark.parametrize("name", NAMES)
def test_a_claim_is_no_constant(name: str) -> None:
    p = PROPERTIES[name]
    machine = build_machine(chain(2, 2))
    for term in (p.claim(machine), p.situation(machine)):
        assert not isinstance(term, Literal)
        assert term not in (And(()), Or(()))


# What breaks them, and what does not.

VIOLATING: dict[str, tuple[Design, int]] = {
    "idempotent-state": (chain(2, 1, policies={"early_recall": "remember-until-first-send"}), 4),
    "idempotent-effects": (chain(2, 1, policies={"repeat_answer": "error"}), 6),
    "version-override": (
        chain(1, 1, policies={"early_recall": "remember-until-first-send"}),
        4,
    ),
    "commands-commute": (chain(2, 1, policies={"ordering": "last-arrival"}), 3),
    "strong-convergence": (chain(2, 1, policies={"early_recall": "drop"}), 4),
    "agreement-at-rest": (chain(1, 1, policies={"early_recall": "drop"}), 4),
    "no-resurrection": (chain(1, 1, policies={"ordering": "last-arrival"}), 4),
    "resend-survives": (
        chain(
            1, 1, policies={"early_recall": "drop"}, scope={"commands": ["recall", "resend"]}
        ),
        6,
    ),
    "confirmed-means-done": (chain(1, 1, policies={"confirm": "on-send"}), 3),
    "comes-to-rest": (chain(2, 1, policies={"early_recall": "remember-until-first-send"}), 8),
    "converges": (chain(1, 1, policies={"early_recall": "drop"}), 4),
    "recall-terminates": (chain(1, 1, policies={"early_recall": "drop"}), 4),
    "no-over-recall": (
        chain(
            1, 1,
            policies={"ordering": "last-arrival"},
            scope={"commands": ["recall", "restore"]},
        ),
        5,
    ),
    "tracking-complete": (chain(2, 1, True, policies={"tracking": "pushes"}), 2),
    "recall-kept-as-long": (
        chain(1, 2, policies={"sync": "content-only"}), 2,
    ),
    "erased": (chain(1, 1, policies={"storage": "logical"}), 5),
    "audited": (chain(1, 1, policies={"audit": "none"}), 2),
    "devices-agree": (chain(1, 3, policies={"placeholder": "if-seen"}), 9),
    "notifications-withdrawn": (chain(1, 1, policies={"notifications": "kept"}), 4),
    "quotes-withdrawn": (chain(1, 1, policies={"quotes": "kept"}), 3),
    "authorised": (
        chain(1, 1, policies={"authority": "anyone"}, faults={**NO_FAULTS, "forgery": 1}), 2,
    ),
}  # fmt: skip
"""For each property a small design with one unsound policy, and the fewest steps it takes."""


@pytest.mark.parametrize("name", NAMES)
def test_each_property_is_broken_by_some_small_design(name: str) -> None:
    design, fewest = VIOLATING[name]
    verdict = explicit(design, name)[name]
    assert verdict.outcome is Outcome.VIOLATED
    assert verdict.run is not None
    assert len(verdict.run) == fewest
    claim = PROPERTIES[name]
    assert replay(build_machine(design), verdict.run, claim, verdict.loop).broken


@pytest.fixture(scope="module")
def default_verdicts() -> dict[str, Verdict]:
    """A chain with the sound policies, a recall and a resend, nothing lost; and what is missing."""
    verdicts = explicit(chain(2, 1, scope={"commands": ["recall", "resend"]}), *NAMES)
    two_devices, forger = chain(1, 3), chain(2, 1, faults={**NO_FAULTS, "forgery": 1})
    notified = chain(2, 1, policies={"notifications": "withdrawn"})
    missing = {
        "devices-agree": two_devices,
        "notifications-withdrawn": notified,
        "quotes-withdrawn": chain(1, 1, policies={"quotes": "withdrawn"}),
        "authorised": forger,
    }
    for name, design in missing.items():
        verdicts |= explicit(design, name)
    return verdicts


@pytest.mark.parametrize("name", NAMES)
def test_each_property_holds_on_the_default_chain_and_says_something(
    name: str, default_verdicts: dict[str, Verdict]
) -> None:
    """Holds in every reachable state, and the situation that it is about comes up."""
    verdict = default_verdicts[name]
    assert (verdict.outcome, verdict.reason) == (Outcome.HOLDS, "")


def test_every_policy_of_the_default_chain_is_the_first_option() -> None:
    """``tests.helpers.POLICIES`` lists the sound option first, and the default is sound."""
    policies = chain(2, 1).policies.model_dump(mode="json")
    assert {key: policies[key] for key in POLICIES} == {
        key: options[0] for key, options in POLICIES.items()
    }


# Which properties are weaker than which.

PAIRS = [(weak, strong) for weak, p in PROPERTIES.items() for strong in p.implied_by]


def test_some_property_is_weaker_than_another() -> None:
    assert ("no-resurrection", "version-override") in PAIRS


def one_copy(design: Design) -> bool:
    """Whether what a node serves is its own register."""
    return design.policies.side_copies == "none"


@settings(max_examples=36, deadline=None, suppress_health_check=list(HealthCheck))
@given(designs(nodes=2).filter(lambda d: not d.faults.crash and one_copy(d)))
def test_what_breaks_the_weaker_property_breaks_the_stronger(design: Design) -> None:
    """``Property.implied_by``: at least as strong, where faults leave the one copy alone."""
    for weak, strong in PAIRS:
        found = explicit(design, weak, strong, states_max=40_000)
        if found[weak].outcome is Outcome.VIOLATED:
            assert found[strong].outcome is Outcome.VIOLATED or not found[strong].complete


def test_a_stronger_property_is_strictly_stronger() -> None:
    """One that breaks wherever the other does would be the same property in other words."""
    design, _ = VIOLATING["version-override"]
    outcomes = {n: v.outcome for n, v in explicit(design, *PAIRS[0]).items()}
    assert outcomes == {"no-resurrection": Outcome.HOLDS, "version-override": Outcome.VIOLATED}
