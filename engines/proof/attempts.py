"""Trying to prove a machine's properties, one after the other, and what has to hold besides.

PROVED is said of a property only if all of these hold: the axioms, the initial state and every
guard are possible; no small scope breaks the claim; what it is about comes up there; every
obligation is listed and discharged; and no reachable state of the small scopes breaks a lemma, as
far as there is time to look.
"""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TypeVar

import z3

from unsay.engines.budget import Budget, BudgetError
from unsay.engines.proof.archive import Archive
from unsay.engines.proof.attempt import Attempt, pictured
from unsay.engines.proof.cache import Cache
from unsay.engines.proof.closed import gap, undischarged
from unsay.engines.proof.found import Failure, Proof
from unsay.engines.proof.kept import Kept
from unsay.engines.proof.liveness.certified import premises_proved
from unsay.engines.proof.liveness.derivation import InTheEnd
from unsay.engines.proof.liveness.prover import LivenessProver
from unsay.engines.proof.obligations import NO_STEP, Countermodel, Goal, Obligations
from unsay.engines.proof.prover import searcher
from unsay.engines.proof.sanity import NOBODY_KNOWS, insane, untrue
from unsay.engines.proof.search import Search
from unsay.engines.proof.sentences import sentences
from unsay.engines.proof.small import (
    Looked,
    as_property,
    look,
    samples,
    scopes,
    size_that_breaks,
)
from unsay.engines.proof.supposed import shrunk
from unsay.engines.protocol import Report, Task, silent
from unsay.engines.run import ReplayError
from unsay.model.language import Machine
from unsay.model.language.terms import TRUE
from unsay.properties import Property, PropertyKind

Argument = TypeVar("Argument")
Result = TypeVar("Result")

_MILLISECONDS = 10_000
"""For one question to Z3 outside the search."""

_SHARE_MIN = 1 / 3
"""The least share of the time left for one property."""

_SEARCH_SHARE = 0.9
"""What is not for the search is for the look at small scopes after it."""

BROKEN = "broken at a small size; --out draws how"
INTERRUPTED = "interrupted"
GAVE_UP = "the solver gave up"


def attempts(
    machine: Machine,
    properties: Sequence[Property],
    budget: Budget,
    report: Report = silent,
    cache: Cache | None = None,
    archive: Archive | None = None,
) -> list[Attempt]:
    """Try to prove each of ``properties``: those with the shortest claims first.

    What is proved for one is known to the next, and most claims lean on the shorter ones.

    Args:
        machine: The machine; its structure is only where a sample comes from.
        properties: The properties.
        budget: Limits for all of them together; each may take its share of the time that is left.
        report: Told of progress.
        cache: Where proofs are kept, or None.
        archive: Lemmas to begin with; those that come with this program, if None.

    Raises:
        ReplayError: a proved lemma is broken in a reachable state: a defect of this program.
    """
    prover = _Prover(machine, properties, budget, report, cache, archive)
    search = budget.part(_SEARCH_SHARE)
    # What holds where runs stand still is proved before what comes in the end.
    in_turn = sorted(properties, key=lambda p: (_infinite(p), len(str(p.claim(machine)))))
    tried = {p.name: a for p, a in zip(in_turn, _tried(prover, in_turn, search), strict=True)}
    # What others left of their share is for those whose own did not last, if there is hope; where
    # the solver gave up, lemmas of other designs may have led astray: the search finds others.
    for again in (_out_of_time, _given_up):
        fresh = [p for p in in_turn if not tried[p.name].cached]
        late = [p for p in fresh if again(tried[p.name]) and p.name not in prover.hopeless]
        stopped = search.exceeded() or any(a.reason == INTERRUPTED for a in tried.values())
        if not late or stopped:
            continue
        if again is _given_up:
            prover.search_alone()
        for p, found in zip(late, _tried(prover, late, search), strict=True):
            tried[p.name] = _better(tried[p.name], found)
    prover.budget = budget
    every = [tried[p.name] for p in properties]
    seen = _until_stopped(budget, prover.confirmed, every)
    if isinstance(seen, str):
        return [_stopped(a, seen) for a in every] if seen == INTERRUPTED else every
    return seen


def _tried(prover: _Prover, properties: Sequence[Property], budget: Budget) -> list[Attempt]:
    """Attempts at ``properties``, one after the other; each has its share of the time left.

    Most take less than theirs, and the first to need lemmas pays for those that all others use.
    """
    found: list[Attempt] = []
    stopped = ""
    prover.budget_for_all = budget
    for number, p in enumerate(properties):
        before = time.monotonic()
        prover.budget = budget.part(max(_SHARE_MIN, 1 / (len(properties) - number)))
        tried: Attempt | str = stopped or _until_stopped(prover.budget, prover.attempt, p)
        if isinstance(tried, str):
            ran_out = tried not in (stopped, INTERRUPTED) and prover.budget.remaining() == 0
            # Only this one's share of the time may have run out.
            stopped = tried if tried == INTERRUPTED else budget.exceeded()
            tried = Attempt(p, reason=tried, complete=False, ran_out=ran_out)
        found.append(replace(tried, seconds=time.monotonic() - before))
    return found


def _given_up(attempt: Attempt) -> bool:
    return not attempt.complete and GAVE_UP in attempt.reason


def _out_of_time(attempt: Attempt) -> bool:
    return not attempt.complete and GAVE_UP not in attempt.reason


def _better(before: Attempt, again: Attempt) -> Attempt:
    """What came of two attempts. A failure after what hung on the clock is not kept."""
    better = again if again.complete or again.reason == INTERRUPTED else before
    known = better.complete and better.proof is not None
    return replace(better, complete=known, seconds=before.seconds + again.seconds)


def _stopped(attempt: Attempt, reason: str) -> Attempt:
    """The same; of what was just proved, that somebody stopped the look at small scopes."""
    fresh = attempt.proof is not None and not attempt.cached
    return replace(attempt, reason=reason, complete=False) if fresh else attempt


def _infinite(p: Property) -> bool:
    return p.kind is PropertyKind.EVENTUALLY


def _until_stopped(
    budget: Budget, work: Callable[[Argument], Result], about: Argument
) -> Result | str:
    """``work(about)``, or what stopped it, in words."""
    try:
        return work(about)
    except KeyboardInterrupt:
        return INTERRUPTED
    except ctypes.ArgumentError as error:
        # An interrupt that strikes while Z3's arguments are converted comes out as this.
        if "KeyboardInterrupt" not in str(error):
            raise
        return INTERRUPTED
    except BudgetError as why:
        return str(why)
    except (z3.Z3Exception, MemoryError) as error:
        return budget.exceeded() or f"Z3 stopped: {error}"


class _Prover:
    """Proves properties of one machine."""

    def __init__(
        self,
        machine: Machine,
        properties: Sequence[Property],
        budget: Budget,
        report: Report,
        cache: Cache | None,
        archive: Archive | None,
    ) -> None:
        self.machine = machine
        self.properties = properties
        self.budget = self.budget_for_all = budget
        self.report = report
        self.archive = archive
        shipped = archive is None
        self.kept = None if cache is None else Kept(cache, machine, properties, budget, shipped)
        self.hopeless: set[str] = set()

    @cached_property
    def _obligations(self) -> Obligations:
        return Obligations(self.machine, self.machine.symbols, _MILLISECONDS)

    @cached_property
    def _untrue(self) -> str:
        return untrue(self.machine)

    @cached_property
    def _insane(self) -> str:
        self.report("whether axioms and guards are possible")
        return insane(self.machine, self._obligations)

    @cached_property
    def _looked(self) -> Looked:
        """The claims at small scopes, before anything is proved."""
        return look(scopes(self.machine), self.properties, self.budget, self.report)

    @cached_property
    def _search(self) -> Search:
        """One for all properties: what one proof found helps the next."""
        self.report("sampling reachable states")
        claims = [p.claim(self.machine) for p in self.properties if not _infinite(p)]
        return searcher(
            self.machine,
            claims,
            Task(self.machine, self.properties).keep(),
            samples(self.machine),
            self._pause,
            self.report,
            self.archive,
            self._pause_for_all,
        )

    @cached_property
    def _liveness(self) -> LivenessProver:
        """One for all properties: that runs settle is found out once."""
        return LivenessProver(self.machine, self._search, self._pause, self.report)

    def search_alone(self) -> None:
        """From now on search without lemmas of other designs."""
        self._search.forget_others()
        # What it could not show with them it may show now.
        self.__dict__.pop("_liveness", None)

    def _pause(self) -> None:
        self.budget.check()

    def _pause_for_all(self) -> None:
        """What serves all properties may take more than the share of one: else each began anew."""
        self.budget_for_all.check()

    def attempt(self, p: Property) -> Attempt:
        """Try to prove ``p``.

        Raises:
            BudgetError: a limit is used up.
            KeyboardInterrupt: a person interrupts.
            ReplayError: a proved lemma is broken in a reachable state.
        """
        if self._untrue:
            # That is about this structure, and what is kept is about rules: it is neither asked
            # what is kept, nor is this kept.
            return Attempt(p, reason=self._untrue, complete=False)
        # Proofs of what comes in the end are not kept.
        before = None if _infinite(p) or self.kept is None else self.kept.found(p)
        if before is not None:
            return before
        self.budget.check()
        self.report(f"{p.name}")
        if self._insane:
            known = not self._insane.startswith(NOBODY_KNOWS)
            return Attempt(p, reason=self._insane, complete=known)
        return self._fresh(p)

    def _wrong(self, proof: Proof) -> str:
        missing = gap(self.machine, proof)
        return missing or undischarged(proof, self._search.obligations, self.budget.check)

    def _fresh(self, p: Property) -> Attempt:
        if p.name in self._looked.broken:
            run = self._looked.runs.get(p.name)
            return pictured(self.machine, Attempt(p, reason=BROKEN, run=run))
        claim = p.claim(self.machine)
        search = self._search
        goal = Goal(TRUE if _infinite(p) else claim, p.kind is PropertyKind.STEP)
        worlds = search.pool(goal).samples
        if p.kind is PropertyKind.ALWAYS and (size := size_that_breaks(claim, worlds)):
            return Attempt(p, reason=f"broken at another size: {size}")
        situation = p.situation(self.machine)
        if p.name not in self._looked.witnessed and not any(
            w.holds(situation).any() for w in worlds
        ):
            return Attempt(p, reason=f"says nothing: never in any sample {p.witness_sentence}")
        if _infinite(p):
            return self._in_the_end(p)
        try:
            found = search.prove(goal)
        except BudgetError:
            if search.hopeless:
                self.hopeless.add(p.name)
            raise
        if isinstance(found, Failure):
            # What Z3 can do in some time is no property of the design, so it is not kept.
            gave_up = found.against is None and GAVE_UP in found.reason
            against = found.against and self._shrunk(goal, found.against)
            tried = Attempt(p, reason=_in_words(found), complete=not gave_up, against=against)
            return pictured(self.machine, tried)
        if wrong := self._wrong(found):
            return Attempt(p, reason=f"Z3 did not confirm the proof: {wrong}", complete=False)
        return Attempt(p, proof=found)

    def _in_the_end(self, p: Property) -> Attempt:
        proof = self._liveness.prove(p.claim(self.machine))
        if isinstance(proof, str):
            return Attempt(p, reason=proof, complete=GAVE_UP not in proof)
        return Attempt(p, proof=proof)

    def _shrunk(self, goal: Goal, against: Countermodel) -> Countermodel:
        """As small as is found in what time there is; all that the search knows still holds."""
        self.report("a small state that nothing excludes")
        known = self._search.assumed(goal)
        try:
            return shrunk(self.machine, against, goal, known, self._pause)
        except BudgetError:
            return against

    def _looked_again(self, attempt: Attempt) -> Attempt:
        """``attempt``, unless its time ran out and a small scope breaks what it is about.

        The first look shares its time among all properties, and may not see all scopes in full.
        """
        if not attempt.ran_out:
            return attempt
        small = scopes(self.machine)
        if len(self._looked.states) == len(small):
            return attempt
        p = attempt.property
        try:
            run = look(small, [p], self.budget, self.report).runs.get(p.name)
        except BudgetError:
            return attempt
        found = Attempt(p, reason=BROKEN, seconds=attempt.seconds, run=run)
        return attempt if run is None else pictured(self.machine, found)

    def confirmed(self, found: Sequence[Attempt]) -> list[Attempt]:
        """The same, after a look at all reachable states of small scopes; and kept from now on.

        Raises:
            ReplayError: a claim or lemma that is proved is broken there.
        """
        fresh = [a for a in found if not a.cached and a.complete]
        proved = [a for a in fresh if a.proof is not None]
        lemmas = dict.fromkeys(t for a in proved if a.proof for t in a.proof.lemmas)
        claims = [a.property for a in proved]
        names = sentences(lemmas, self.machine)
        claims += [as_property(n, t) for n, t in zip(names, lemmas, strict=True)]
        for a in proved:
            if isinstance(a.proof, InTheEnd):
                claims += [k.property for k in premises_proved(a.property, a.proof)]
        looked = look(scopes(self.machine) if proved else [], claims, self.budget, self.report)
        if looked.broken:
            raise ReplayError(
                "internal error: proved, but broken in a reachable state: "
                + "; ".join(sorted(looked.broken))
            )
        seen = [replace(a, looked=looked) if a in proved else self._looked_again(a) for a in found]
        if self.kept is not None:
            self.kept.keep(a for a in seen if not _infinite(a.property))
        return seen


def _in_words(failure: Failure) -> str:
    if failure.against is None:
        return failure.reason
    if failure.against.rule == NO_STEP.name:
        return f"{failure.reason} (a state in which all that is known holds breaks it)"
    return f"{failure.reason} (a step of {failure.against.rule} breaks what is known)"
