"""Promela and SMV texts do what the machine does: counted by a reader of their own, or by Spin."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from bench.peers import peers

from tests.readings.spelt_texts import Performed, promela, smv
from tests.readings.texts import (
    CUP_PROPERTIES,
    State,
    bench_subject,
    cups_subject,
    design_subject,
    edges,
    start,
    states_of,
)
from unsay.engines.explicit import Explicit
from unsay.engines.protocol import Task
from unsay.model.language import Guard, Rule
from unsay.model.language.terms import TRUE
from unsay.model.readings.text import promela as promela_text
from unsay.model.readings.text import smv as smv_text
from unsay.model.readings.text.claims import Subject
from unsay.properties import PROPERTIES
from unsay.properties.recall_bench import BENCH_PROPERTIES

READERS = {
    "promela": (promela_text.model, promela),
    "smv": (smv_text.model, smv),
}
DESIGNS = ("ejabberd-4507", "ejabberd-4507-repaired", "mastodon-4739")


def performed(reader: str, subject: Subject) -> Performed:
    write, read = READERS[reader]
    return read(write(subject))


def first_broken(subject: Subject) -> dict[str, int]:
    """How many steps away each broken claim first is, by the explicit engine."""
    known = {p.name: p for p in (*PROPERTIES.values(), *BENCH_PROPERTIES, *CUP_PROPERTIES)}
    task = Task(subject.machine, [known[c.name] for c in subject.claims])
    verdicts, found = Explicit().check(task), {}
    for claim in subject.claims:
        run = verdicts[claim.name].run
        if run is not None:
            # What is claimed of a step is asked in the state before it.
            found[claim.name.replace("-", "_")] = len(run) - claim.step
    return found


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("name", DESIGNS)
def test_a_design_has_the_same_states_and_the_same_broken_properties(
    reader: str, name: str
) -> None:
    subject = design_subject(name)
    found, broken = performed(reader, subject).reach()
    assert len(found) == states_of(subject)
    assert broken == first_broken(subject)


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("size", [(2, 1, 1), (2, 1, 2), (3, 1, 1)])
def test_the_benchmark_protocol_has_the_same_states(
    reader: str, size: tuple[int, int, int]
) -> None:
    subject = bench_subject(*size)
    found, broken = performed(reader, subject).reach()
    assert len(found) == states_of(subject)
    assert broken == {}


def agrees(text: str, subject: Subject, reader: str) -> bool:
    """Whether a text has exactly the steps of the machine."""
    made = READERS[reader][1](text)
    # What only helps (old values, names of claims) holds 0 between steps; what never changes is
    # left out of the text.
    helpers = {(n, 0) for n in made.names if n.startswith("old_") or n in made.claims}
    missing = {pair for pair in start(subject) if pair[0] not in made.names}

    def whole(state: State) -> State:
        return (state - helpers) | missing

    return {(whole(a), whole(b)) for a, b in made.edges()} == edges(subject)


@pytest.mark.parametrize("reader", READERS)
def test_updates_that_read_and_overwrite_each_other(reader: str) -> None:
    """Simultaneous, and the later of two on one cell counts, step by step."""
    subject = cups_subject()
    text = READERS[reader][0](subject)
    assert agrees(text, subject, reader)
    broken = first_broken(subject)
    assert len(broken) == 2
    assert READERS[reader][1](text).reach()[1] == broken


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("rule", ["swap", "rinse", "splash"])
def test_a_writer_that_turns_updates_round_is_noticed(reader: str, rule: str) -> None:
    subject = cups_subject()
    turned = [
        replace(r, updates=r.updates[::-1]) if r.name == rule else r for r in subject.machine.rules
    ]
    text = READERS[reader][0](cups_subject(*turned))
    # Of a swap the updates are of different cells, so their order says nothing.
    assert agrees(text, subject, reader) is (rule == "swap")


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("rule", ["swap", "rinse", "splash"])
def test_a_writer_that_drops_a_guard_or_an_update_is_noticed(reader: str, rule: str) -> None:
    subject = cups_subject()
    for change in (without_guards, without_last_update):
        broken = [change(r) if r.name == rule else r for r in subject.machine.rules]
        assert not agrees(READERS[reader][0](cups_subject(*broken)), subject, reader)


def without_guards(rule: Rule) -> Rule:
    return replace(rule, guards=(Guard("any_time", TRUE),))


def without_last_update(rule: Rule) -> Rule:
    return replace(rule, updates=rule.updates[:-1])


def test_promela_that_writes_a_circle_one_after_the_other_is_noticed() -> None:
    """Without the copies of the old values, the second cup of a swap gets its own value back."""
    subject = cups_subject()
    text = promela_text.model(subject)
    direct = re.sub(
        r"old_0 = (.*?); old_1 = (.*?); (\w+) = old_0; (\w+) = old_1; old_0 = 0; old_1 = 0",
        r"\3 = \1; \4 = \2",
        text,
    )
    assert direct != text
    assert not agrees(direct, subject, "promela")


INSTALLED = {p.name: p for p in peers()}


@pytest.mark.parametrize("checker", INSTALLED)
def test_an_installed_checker_counts_what_we_count(checker: str) -> None:
    peer = INSTALLED[checker]
    if not peer.command:
        pytest.skip(f"{checker} is not installed: {peer.wanted}")
    for subject in (bench_subject(2, 1, 2), design_subject("ejabberd-4507", ["no-over-recall"])):
        found = peer.run(subject)
        assert (found.states, found.broken) == (states_of(subject), None)
    found = peer.run(design_subject("ejabberd-4507", ["agreement-at-rest"]))
    assert found.broken is not None
    assert "agreement_at_rest" in found.broken
