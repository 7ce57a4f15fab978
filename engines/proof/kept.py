"""What came of earlier attempts at a design's properties, and whether it answers this one.

A proof answers for good; that there is none does for this design alone. What the clock ended is no
answer, but it is not searched for again by the same command: people run that many times, and would
wait for the same words each time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from unsay.engines.budget import Budget, rounded
from unsay.engines.proof.attempt import Attempt, attempt_as_data, attempt_of, pictured
from unsay.engines.proof.cache import Cache
from unsay.engines.proof.closed import gap
from unsay.engines.proof.found import Proof
from unsay.engines.proof.obligations import Goal
from unsay.engines.run import ReplayError
from unsay.model.language import Machine, ModelError
from unsay.properties import Property, PropertyKind

_MORE = 1.25
"""How much more time is worth another search; what others leave of it differs by some seconds."""


@dataclass(frozen=True)
class Kept:
    """What a cache has for one run of attempts, and gets of it.

    Attributes:
        cache: Where it is.
        machine: The machine.
        properties: Those that are tried: they share the time, and one may help another.
        budget: Limits for all of them together.
        shipped: The search begins with the lemmas that come with this program. What was not found
            with others may be found with them, so it is not kept.
    """

    cache: Cache
    machine: Machine
    properties: Sequence[Property]
    budget: Budget
    shipped: bool

    def found(self, p: Property) -> Attempt | None:
        """What is kept of ``p``; a proof only if nothing is missing of it."""
        return self._answer(p) or self._ran_out(p)

    def keep(self, attempts: Iterable[Attempt]) -> None:
        """Keep what came of ``attempts``, as far as it may answer others."""
        for attempt in attempts:
            p, proved = attempt.property, attempt.proof is not None
            if attempt.cached or not (proved or self.shipped):
                continue
            if attempt.complete:
                self.cache.keep(self.machine, p, proved, attempt_as_data(attempt))
            elif attempt.ran_out and self.budget.seconds is not None:
                self.cache.keep_ran_out(self.machine, p, self.properties, self.budget.seconds)

    def _answer(self, p: Property) -> Attempt | None:
        data = self.cache.found(self.machine, p)
        if data is None:
            return None
        try:
            found = attempt_of(p, data, self.machine)
        except (ValueError, KeyError, TypeError):
            return None
        if isinstance(found.proof, Proof):
            goal = Goal(p.claim(self.machine), p.kind is PropertyKind.STEP)
            good = found.proof.goal == goal and not gap(self.machine, found.proof)
            return found if good else None
        try:
            return pictured(self.machine, found) if found.reason else None
        except (ReplayError, IndexError, ModelError):
            return None

    def _ran_out(self, p: Property) -> Attempt | None:
        """That the time for ``p`` ran out, when there was about as much as there is now."""
        before = self.cache.ran_out(self.machine, p, self.properties) if self.shipped else None
        now = self.budget.seconds
        if now is None or before is None or not now < _MORE * before:
            return None
        reason = (
            f"not tried again: its time ran out before, with {rounded(before)} s for all; "
            f"it is with {rounded(_MORE * before)} s or more, or --no-cache"
        )
        return Attempt(p, reason=reason, complete=False, cached=True)
