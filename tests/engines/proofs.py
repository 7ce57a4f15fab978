"""What tests of proofs share: a small machine whose proofs take a second."""

from __future__ import annotations

import functools
from dataclasses import replace

from unsay.engines.budget import Budget
from unsay.engines.proof.attempt import Attempt
from unsay.engines.proof.attempts import attempts
from unsay.engines.proof.certificate import Proved
from unsay.model.language import Machine
from unsay.model.language.rules import Guard, Update
from unsay.model.recall_bench import Size, build_bench
from unsay.properties.recall_bench import marked

BENCH = build_bench(Size(2, 1, 2))
"""Its property ``marked`` is kept by every step, without a lemma."""


def tried(machine: Machine = BENCH, **more: object) -> Attempt:
    """What comes of trying to prove ``marked`` of a version of the benchmark protocol."""
    # No limit: how much other tests hold, and how busy a machine is, is no matter of these.
    (found,) = attempts(machine, [marked], Budget(), **more)  # type: ignore[arg-type]
    return found


@functools.cache
def proved() -> Proved:
    """The proof of ``marked``."""
    found = tried()
    assert found.proof is not None
    return Proved(marked, found.proof)


def with_guard(machine: Machine, rule: str, guard: Guard) -> Machine:
    """``machine`` where ``rule`` has one more guard."""
    old = machine.rule(rule)
    return machine.with_rule(replace(old, guards=(*old.guards, guard)))


def with_update(machine: Machine, rule: str, number: int, update: Update) -> Machine:
    """``machine`` where an update of ``rule`` is another."""
    old = machine.rule(rule)
    updates = tuple(update if i == number else u for i, u in enumerate(old.updates))
    return machine.with_rule(replace(old, updates=updates))
