"""What came of earlier attempts at a design's properties, and whether it answers this one.

A proof answers for good; that there is none does for this design alone. What a limit ended is no
answer, but where lemmas were searched for in vain it is not searched for again with the same
limits: people run the same command many times, and would wait for the same words each time.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from unsay.engines.budget import Budget
from unsay.engines.proof.attempt import Attempt, attempt_as_data, attempt_of, pictured
from unsay.engines.proof.cache import Cache
from unsay.engines.proof.closed import gap
from unsay.engines.proof.found import Proof
from unsay.engines.proof.obligations import Goal
from unsay.engines.run import ReplayError
from unsay.model.language import Machine, ModelError
from unsay.properties import Property, PropertyKind

_MORE = 1.25
"""How much more of a limit is worth another search; some seconds more or less are by chance."""

_STOPPED = "stopped"
AGAIN = "so it was before: a quarter more time, or --no-cache, and it is tried again"


@dataclass(frozen=True)
class Kept:
    """What a cache has for one run of attempts, and gets of it.

    Attributes:
        cache: Where it is.
        machine: The machine.
        properties: Those that are tried, which share the limits.
        budget: These limits.
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
        data = self.cache.found(self.machine, p)
        if data is None:
            return None
        try:
            found = attempt_of(p, data, self.machine)
            if _STOPPED in data:
                return self._stopped(found, **data[_STOPPED])
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

    def keep(self, attempts: Iterable[Attempt]) -> None:
        """Keep what came of ``attempts``, as far as it may answer others."""
        for attempt in attempts:
            proved = attempt.proof is not None
            if attempt.cached or not (proved or self.shipped):
                continue
            data = attempt_as_data(attempt)
            if attempt.hopeless:
                asked = [p.name for p in self.properties]
                data[_STOPPED] = {"limits": _limits(self.budget), "asked": asked}
            if attempt.complete or attempt.hopeless:
                self.cache.keep(self.machine, attempt.property, proved, data)

    def _stopped(self, found: Attempt, limits: list[float], asked: list[str]) -> Attempt | None:
        """``found``, unless there is more for it this time: more in all, or fewer to share it."""
        now = _limits(self.budget)
        if any(n > _MORE * before for n, before in zip(now, limits, strict=True)):
            return None
        if not {p.name for p in self.properties}.issuperset(asked):
            return None
        reason = f"{found.reason} ({AGAIN})"
        return replace(found, proof=None, reason=reason, complete=False, hopeless=True)


def _limits(budget: Budget) -> list[float]:
    return [math.inf if n is None else n for n in (budget.seconds, budget.memory_mib)]
