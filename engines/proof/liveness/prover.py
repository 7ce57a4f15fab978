"""Tries to prove claims about infinite runs: that all runs settle, and then each promise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property

from unsay.engines.proof.liveness.derivation import InTheEnd, Kept, flaw, premises_of
from unsay.engines.proof.liveness.promises import ways
from unsay.engines.proof.liveness.samples import Samples
from unsay.engines.proof.liveness.settles import Settling
from unsay.engines.proof.obligations import Goal
from unsay.engines.proof.search import Search
from unsay.model.language import Machine, Term
from unsay.model.language.rules import Obligation as Promise
from unsay.model.language.rules import obligations as promises_of
from unsay.model.language.terms import TRUE


class LivenessProver:
    """For one machine: that runs settle is found out once.

    Args:
        machine: The machine.
        search: What proves the premises.
        pause: Called now and then; what it raises ends the work.
        report: Told of progress.
    """

    def __init__(
        self,
        machine: Machine,
        search: Search,
        pause: Callable[[], None],
        report: Callable[[str], None],
    ) -> None:
        self._machine = machine
        self._obligations = search.obligations
        self._pause = pause
        self._samples = Samples(machine, search.pool(Goal(TRUE)).samples, pause)
        self._settling = Settling(machine, self._samples, search.prove, pause, report)

    @cached_property
    def _settled(self) -> bool:
        return self._settling.settled()

    def prove(self, claim: Term) -> InTheEnd | str:
        """A proof of ``claim``, or why there is none.

        Args:
            claim: The formula of a property about infinite runs.
        """
        if not self._settled:
            return self._settling.reason()
        kept: list[Kept] = []
        for promise in promises_of(claim):
            way = self._way(promise)
            if isinstance(way, str):
                return f"every run comes to a standstill, but {way}"
            kept.append(way)
        parts = tuple(self._settling.parts.values())
        proof = InTheEnd(claim, tuple(self._settling.inferences), tuple(kept), parts)
        wrong = flaw(self._machine, proof, self._obligations, self._pause)
        if wrong:
            return f"Z3 did not confirm the proof: {wrong}"
        wanted = premises_of(self._machine, proof)
        used = (p for p in parts if any(w.follows_from(p[0]) for w in wanted))
        return replace(proof, parts=tuple(used))

    def _way(self, promise: Promise) -> Kept | str:
        """How the promise is kept, or why that is not known."""
        reason = "a sampled run comes there and does not keep the promise"
        for way in ways(self._machine, promise, self._samples):
            if self._settling.shown(way.premises(self._machine)):
                return way
            premise, why = next(reversed(self._settling.failed.values()))
            reason = f"there is no proof that {premise.says} ({why})"
        return reason
