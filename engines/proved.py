"""The proof engine: a property holds at any size, by lemmas that it finds itself, or nobody knows.

It never finds a violation: a step that breaks a lemma starts from a state that nobody says is
reachable.
"""

from __future__ import annotations

from dataclasses import dataclass

from unsay.engines.proof.attempt import Attempt
from unsay.engines.proof.attempts import attempts
from unsay.engines.proof.cache import Cache
from unsay.engines.proof.sentences import sentences
from unsay.engines.protocol import Task, keep_decided
from unsay.engines.verdict import Outcome, Verdict
from unsay.model.language import Machine


@dataclass(frozen=True)
class Proved:
    """Proof for any number of nodes, devices, messages and recalls.

    Attributes:
        cache: Where proofs are kept, or None.
    """

    cache: Cache | None = None
    name = "proof"
    says = "looks for lemmas that prove the property for any number of nodes, devices and messages"

    def check(self, task: Task) -> dict[str, Verdict]:
        """See ``Engine.check``."""
        found = attempts(task.machine, task.properties, task.budget, task.report, self.cache)
        verdicts = {a.property.name: verdict_of(task.machine, a) for a in found}
        if all(a.complete for a in found):
            return keep_decided(task, self.name, verdicts)
        return verdicts


def verdict_of(machine: Machine, attempt: Attempt) -> Verdict:
    """What an attempt at a proof comes to."""
    proof = attempt.proof
    lemmas = None if proof is None else tuple(sentences(proof.lemmas, machine))
    return Verdict(
        attempt.property.name,
        Outcome.UNKNOWN if proof is None else Outcome.PROVED,
        Proved.name,
        seconds=attempt.seconds,
        complete=attempt.complete,
        reason=attempt.reason,
        lemmas=lemmas,
    )
