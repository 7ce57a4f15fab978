"""The search for lemmas that make a claim inductive.

What is kept without lemmas needs none; else the search begins with the short ones that stand
together at small sizes (see ``houdini``). Where a step breaks the claim, or a lemma that the claim
hangs on, from a state in which all that is known holds, lemmas are added that this state breaks and
every sampled reachable state keeps: rather such as exclude all states from which that step breaks
it (see ``violations``). A lemma that cannot be kept so is given up, and what hung on it is looked
at again. (The idea is that of inference from countermodels: Garg, Loeding, Madhusudan, Neider: ICE,
CAV 2014.)

Countermodels are looked for at small fixed sizes first: that is fast, and they are small. What none
is found for is put to Z3 at any size, and only its word counts.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass, field, replace
from functools import cached_property

from unsay.engines.proof.countermodels import Countermodels
from unsay.engines.proof.found import Failure, Proof
from unsay.engines.proof.obligations import (
    NO_STEP,
    WAYS,
    Answer,
    Countermodel,
    Goal,
    Obligation,
    Obligations,
    Way,
    called,
)
from unsay.engines.proof.pool import Pool
from unsay.engines.proof.violations import Violation, violation
from unsay.model.language import Machine, Symbol, Term
from unsay.model.language.finite import BeginsSomewhere, beginnings
from unsay.model.language.terms import symbols
from unsay.model.readings.arrays import Worlds

_ADDED_MAX = 4
"""So many lemmas are added for one countermodel: the simplest is not always the one that lasts."""

_LOOKED_MAX = 24
"""Of each count of literals and variables, so many clauses are looked at."""

_COUNTS_MAX = 4
"""Of so many such counts, from the least of which there are clauses."""

_DEFENCES_MAX = 2
"""For a lemma that is not the claim, lemmas are looked for so many times."""

_NO_CANDIDATE = "no inductive strengthening among the candidates"

_ROUNDS = (WAYS[:2], WAYS[2:3], WAYS[3:])
"""What takes long with few lemmas may be shown at once with all; the last is for claims only."""

_SHORT_MAX = 8
"""A lemma for what is not the claim has no more literals and variables than these together."""

_VIOLATIONS_MAX = 12
"""A lemma is to exclude what so many broken steps have in common, if it can."""

Base = Callable[[Goal], Sequence[Term]]


@dataclass
class Search:
    """Proves claims about one machine; what one proof found helps the next.

    Attributes:
        machine: The machine.
        pool: Where lemmas for a claim come from.
        remembered: Lemmas of other proofs that every sample keeps.
        bases: Where lemmas for a claim come from that stand together, as far as small sizes tell:
            each is asked only if the ones before it are not enough; the last are the design's own.
        small: What looks for countermodels at fixed sizes, the smallest first.
        obligations: What decides at any size.
        given: Lemmas that hold, by obligations that are trivially discharged.
        pause: Called now and then; what it raises ends the work.
        report: Told of progress.
        hopeless: Lemmas are searched for, and none on trial ever stood at the small sizes yet.
    """

    machine: Machine
    pool: Callable[[Goal], Pool]
    remembered: Callable[[Goal], Iterable[Term]]
    bases: Sequence[Base]
    small: Sequence[Countermodels]
    obligations: Obligations
    given: Sequence[Term]
    pause: Callable[[], None]
    report: Callable[[str], None]
    hopeless: bool = False
    _proved: dict[Term, None] = field(default_factory=dict)
    _tried: dict[Term, None] = field(default_factory=dict)
    _defences: dict[Term, int] = field(default_factory=dict)
    _barred: set[Term] = field(default_factory=set)
    _undecided: dict[Term, None] = field(default_factory=dict)
    _given_up: dict[Term, set[Term]] = field(default_factory=dict)
    _cleared: dict[tuple[int, Goal, str], frozenset[Term]] = field(default_factory=dict)
    _answers: dict[tuple[Goal, str | None], Answer] = field(default_factory=dict)
    _unknown: str = ""
    _leant: list[Term] = field(default_factory=list)
    _pool: Pool = field(init=False)
    _goal: Goal = field(init=False)
    _base: set[Term] = field(default_factory=set)
    _borrowed: set[Term] = field(default_factory=set)
    _implied: set[Term] = field(default_factory=set)

    def prove(self, goal: Goal) -> Proof | Failure:
        """A proof of ``goal``, or why there is none.

        Asked once more, as its time ran out before, it does not try again what it gave up then.
        """
        self._tried, self._defences, self.hopeless = {}, {}, False
        self._barred = self._given_up.setdefault(goal.term, set())
        self._goal, self._pool = goal, self.pool(goal)
        self._implied &= self._proved.keys()
        if goal.term not in self._proved and goal.is_about_rest(self.machine):
            self._implied.add(goal.term)
        answer = self._at_start(goal)
        if not answer.discharged:
            return Failure(f"not known to hold at the start: {answer.reason or 'it need not'}")
        self._base, self._borrowed, self._undecided = set(), set(), {}
        left, stood = list(self.bases), False
        while True:
            broken = self._broken(goal, self._small_step)
            stood |= broken is None
            self.hopeless &= not stood
            broken = broken or self._broken(goal, self._any_step)
            if broken is None:
                return self._proof(goal)
            term, against = broken
            if term != goal.term and against is None:
                # Others may do, and no state shows what it lacks; a base more may show it.
                self._give_up(term)
                self._undecided[term] = None
            elif left:
                self._tried |= dict.fromkeys(self._offered(goal, against, left))
            elif against is not None and self._defended(goal, term, against):
                self.hopeless = not stood
            elif term != goal.term:
                self._give_up(term)
            else:
                return Failure(self._unknown if against is None else _NO_CANDIDATE, against)

    @cached_property
    def _laws(self) -> list[BeginsSomewhere]:
        return beginnings(self.machine)

    def forget_others(self) -> None:
        """Search without lemmas of other designs from now on; what is proved stays so."""
        self.remembered, self.bases = (lambda goal: ()), self.bases[-1:]
        self._given_up.clear()

    def _offered(self, goal: Goal, against: Countermodel | None, left: list[Base]) -> list[Term]:
        """Lemmas for which there is no need to search: such as others needed, or all of a base.

        Much is kept without any lemma, so none is asked for before something is broken.
        """
        begun = len(left) < len(self.bases)
        if begun and against is not None and (recalled := self._recalled(against)):
            return recalled
        fresh = [t for t in left.pop(0)(goal) if t not in self._barred and self._begins(t)]
        self._base.update(fresh)
        again, self._undecided = self._undecided, {}
        self._barred -= again.keys()
        return [*again, *fresh]

    def _defended(self, goal: Goal, term: Term, against: Countermodel) -> bool:
        """Whether lemmas were found that keep ``term``, if that is worth the search.

        The claim is, always; another lemma a few times, one of another design only with more of
        those; a short one that came with the others never is: others of its kind stand.
        """
        if term == goal.term:
            return self._block(goal, against)
        self._defences[term] = self._defences.get(term, 0) + 1
        if term in self._base or self._defences[term] > _DEFENCES_MAX:
            return False
        if term in self._borrowed:
            return self._take(self._recalled(against))
        return self._block(Goal(term), against)

    def assumed(self, goal: Goal) -> dict[Term, None]:
        """All that is assumed of the state before a step."""
        known = {**dict.fromkeys(self.given), **self._proved, **self._tried}
        if goal.term in self._implied:
            return {t: None for t in known if t != goal.term}
        return known if goal.step else {goal.term: None, **known}

    def _broken(
        self, goal: Goal, ask: Callable[[Obligation], Answer]
    ) -> tuple[Term, Countermodel | None] | None:
        """What is not kept of the claim and the lemmas that it hangs on, and how that comes."""
        assumed = self.assumed(goal)
        settled = {*self.given, *self._proved}
        waiting = self._leant = [goal.term]
        for term in waiting:
            what = goal if term == goal.term else Goal(term)
            for rule in filter(None, self._bearing(what)):
                self.pause()
                answer = ask(Obligation(what, rule, tuple(assumed)))
                if not answer.discharged:
                    self._unknown = f"the solver gave up on {called(rule)} ({answer.reason})"
                    return term, answer.against
                new = (k for k in answer.used if k not in settled and k not in waiting)
                waiting += sorted(new, key=str)
        return None

    def _small_step(self, obligation: Obligation) -> Answer:
        """Whether no state of the small sizes breaks it."""
        assert obligation.rule is not None
        used: set[Term] = set()
        for i in range(len(self.small)):
            key = (i, obligation.goal, obligation.rule)
            before = self._cleared.get(key)
            if before is None or not before <= set(obligation.assumed):
                answer = self._small_answer(obligation, used, i)
                if not answer.discharged:
                    return answer
                before = self._cleared[key] = answer.used
            used |= before
        return Answer(True, frozenset(used))

    def _small_answer(self, obligation: Obligation, used: Set[Term], i: int) -> Answer:
        """Whether no state of one size breaks it.

        What smaller sizes needed is mostly enough, or else what something needs anyway.
        """
        finder = self.small[i]
        leant = {*self._leant, *self.given, *self._proved}
        for some in (used, leant) if i else (leant,):
            less = tuple(t for t in obligation.assumed if t in some)
            answer = finder.needed(replace(obligation, assumed=less))
            if answer.discharged:
                return answer
        return finder.needed(obligation)

    def _any_step(self, obligation: Obligation) -> Answer:
        """Whether no state of any size breaks it."""
        key = (obligation.goal, obligation.rule)
        before = self._answers.get(key)
        if before is not None and before.used <= set(obligation.assumed):
            return before
        self.report(f"proving {called(obligation.rule)}")
        some = dict.fromkeys((self._small_step(obligation).used, frozenset(obligation.assumed)))
        rounds = _ROUNDS if obligation.goal == self._goal else _ROUNDS[:2]
        for ways, first in itertools.product(rounds, some):
            answer = self._enough(obligation, first, ways)
            if answer.known:
                break
        if answer.discharged:
            self._answers[key] = answer
        return answer

    def _enough(self, obligation: Obligation, first: Set[Term], ways: Sequence[Way]) -> Answer:
        """The answer where no more is assumed than is needed: the solver does better with less.

        That is ``first``, and then, of the rest, all that a state breaks which is found.
        """
        assumed = [t for t in obligation.assumed if t in first]
        while True:
            self.pause()
            # In the order in which a proof has it: what is asked here is not asked again.
            proved = replace(obligation, assumed=tuple(sorted(assumed, key=str)))
            answer = self.obligations.discharge(proved, ways)
            if answer.against is None:
                return answer
            before = answer.against.before
            new = [t for t in obligation.assumed if t not in assumed and not before.holds(t).all()]
            if not new:
                return answer
            assumed += new

    def _bearing(self, goal: Goal) -> Sequence[str | None]:
        """What has to be shown of ``goal``, by the names of rules; None for the initial state."""
        return [NO_STEP.name] if goal.term in self._implied else goal.bearing(self.machine)

    def _at_start(self, goal: Goal) -> Answer:
        if goal.step or goal.term in self._implied:
            return Answer(True)
        key = (goal, None)
        if key not in self._answers:
            self._answers[key] = self.obligations.discharge(Obligation(goal, None))
        return self._answers[key]

    def _block(self, goal: Goal, against: Countermodel) -> bool:
        """Add lemmas that exclude the state of ``against``, if there are any.

        Rather those that every rule keeps, given what is known: nothing more hangs on these.
        """
        near = symbols(goal.term) | self.obligations.rules[against.rule].tables
        return self._take(
            self._recalled(against)
            or self._excluding(goal, against, near)
            or self._lemmas(against.before, near, goal)
        )

    def _take(self, chosen: Sequence[Term]) -> bool:
        self._tried |= dict.fromkeys(chosen)
        self.report(f"{len(self._tried)} lemmas on trial")
        return bool(chosen)

    def _recalled(self, against: Countermodel) -> list[Term]:
        """Lemmas of other proofs that exclude the state of ``against``: rather such as last."""
        known = {*self._barred, *self._tried, *self._proved, *self.given}
        fresh = (t for t in self.remembered(self._goal) if t not in known)
        excluding = [t for t in fresh if not against.before.holds(t).all() and self._begins(t)]
        lasting = (t for t in excluding if all(self._lasts(t, s) for s in self.small))
        chosen = list(itertools.islice(lasting, _ADDED_MAX)) or excluding[:_ADDED_MAX]
        self._borrowed.update(chosen)
        return chosen

    def _excluding(self, goal: Goal, against: Countermodel, near: Set[Symbol]) -> list[Term]:
        """Lemmas that exclude what states like that of ``against`` have in common.

        While such a state is found that they do not exclude, they have to exclude that one, too.
        """
        rule = self.obligations.rules[against.rule]
        seen: list[Violation] = []
        best: list[Term] = []
        latest = violation(goal, rule, against, self._laws)
        while latest is not None and len(seen) < _VIOLATIONS_MAX:
            seen.append(latest)
            found = self._lemmas(seen, near, goal)
            if not found:
                break
            best = found
            known = {**self.assumed(goal), **dict.fromkeys(best)}
            answer = self._small_step(Obligation(goal, against.rule, tuple(known)))
            if answer.against is None:
                break
            latest = violation(goal, rule, answer.against, self._laws)
            if latest is not None and latest.part != seen[0].part:
                break
        return best

    def _lemmas(
        self, states: Worlds | Sequence[Violation], near: Set[Symbol], goal: Goal
    ) -> list[Term]:
        """Some lemmas that ``states`` break: rather those that every rule keeps, at larger sizes.

        The simplest are no use where only less simple ones last. But for the claim, what takes long
        lemmas is not worth the search: there are others like it.
        """
        barred = {*self._barred, *self._tried, *self._proved, *self.given}
        simplest: list[Term] = []
        longest = None if goal == self._goal else _SHORT_MAX
        every = self._pool.against(states, near, barred, longest)
        for clauses in itertools.islice(every, _COUNTS_MAX):
            begin = (c.term for c in clauses if self._begins(c.term))
            some = list(itertools.islice(begin, _LOOKED_MAX))
            simplest = simplest or some
            lasting = [t for t in some if self._lasts(t, self.small[0])]
            longer = (t for t in lasting if all(self._lasts(t, s) for s in self.small[1:]))
            lasting = list(itertools.islice(longer, _ADDED_MAX)) or lasting
            if lasting:
                return lasting[:_ADDED_MAX]
        return simplest[:_ADDED_MAX]

    def _begins(self, term: Term) -> bool:
        holds = self._at_start(Goal(term)).discharged
        if not holds:
            self._barred.add(term)
        return holds

    def _lasts(self, term: Term, small: Countermodels) -> bool:
        """Whether every rule keeps ``term`` at some sizes, given what is known."""
        goal = Goal(term)
        assumed = [*self.given, *self._proved, *self._tried]
        for rule in self.machine.rules:
            if goal.bears_on(rule):
                self.pause()
                if not small.keeps(goal, rule.name, assumed):
                    return False
        return True

    def _give_up(self, term: Term) -> None:
        del self._tried[term]
        self._barred.add(term)

    def _proof(self, goal: Goal) -> Proof:
        """The claim's obligations, and those of the lemmas that they use, and so on."""
        found: list[Obligation] = []
        lemmas: dict[Term, None] = {}
        waiting = [goal.term]
        for term in waiting:
            what = goal if term == goal.term else Goal(term)
            for rule in self._bearing(what):
                answer = self._at_start(what) if rule is None else self._answers[what, rule]
                found.append(Obligation(what, rule, tuple(sorted(answer.used, key=str))))
                for used in sorted(answer.used, key=str):
                    if used not in waiting:
                        lemmas[used] = None
                        waiting.append(used)
        self._proved |= dict.fromkeys(lemmas) | ({} if goal.step else {goal.term: None})
        return Proof(goal, tuple(lemmas), tuple(found))
