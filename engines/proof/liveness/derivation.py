"""A proof of a claim about infinite runs, and whether it is one.

A proof is a list of inferences, by the last of which every rule is taken finitely often; how each
promise of the claim is kept where runs stand still; and a proof of each premise of these.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from unsay.engines.proof.closed import gap, undischarged
from unsay.engines.proof.found import Proof
from unsay.engines.proof.liveness.inferences import Inference
from unsay.engines.proof.liveness.tail import Premise, Tail, conjuncts, implied
from unsay.engines.proof.obligations import Goal, Obligation, Obligations
from unsay.model.language import Machine, ModelError, Term
from unsay.model.language.rules import Obligation as Promise
from unsay.model.language.rules import obligations as promises_of
from unsay.model.language.terms import Next, Not, Or, free_variables


@dataclass(frozen=True)
class Kept:
    """How "P leads to Q" is kept by runs that all come to a standstill.

    Attributes:
        promise: The promise.
        lasting: What P implies and what lasts until Q, in parts; None where Q is a part of what a
            standstill is.
    """

    promise: Promise
    lasting: tuple[Term, ...] | None = ()

    def premises(self, machine: Machine) -> list[Premise]:
        """What has to be shown.

        Raises:
            ModelError: Q is no part of what a standstill is, or what lasts is about something else.
        """
        promise, still = self.promise, machine.at_a_standstill().term
        if self.lasting is None:
            if not set(conjuncts(promise.conclusion)) <= set(conjuncts(still)):
                raise ModelError("a standstill alone does not keep the promise")
            return []
        if not all(free_variables(part) <= set(promise.variables) for part in self.lasting):
            raise ModelError("what lasts is not about what the promise is about")
        words = "where nothing goes on any more, what is promised has come"
        come = implied(self.lasting, promise.conclusion)
        found = [Premise(words, come, promise.variables, (still,), step=False)]
        for part in self.lasting:
            found += [self.follows(part), self.lasts(part)]
        return found

    def follows(self, part: Term) -> Premise:
        """That a part of what lasts holds with P."""
        given = (self.promise.premise,)
        words = "what lasts holds with the premise"
        return Premise(words, part, self.promise.variables, given=given, step=False)

    def lasts(self, part: Term) -> Premise:
        """That a part of what lasts does, with the other parts, until Q."""
        conclusion = self.promise.conclusion
        until = Or((Next(part), Next(conclusion)))
        given = (*(self.lasting or ()), Not(conclusion))
        words = "what lasts does so until what is promised"
        return Premise(words, until, self.promise.variables, given=given)


@dataclass(frozen=True)
class InTheEnd:
    """Why a claim about infinite runs holds at any size.

    Attributes:
        claim: The claim.
        inferences: By these, every run that counts comes to a standstill.
        kept: How each promise of the claim is kept there.
        parts: Each premise of all that, with its proof.
    """

    claim: Term
    inferences: tuple[Inference, ...]
    kept: tuple[Kept, ...]
    parts: tuple[tuple[Premise, Proof], ...]

    @property
    def lemmas(self) -> tuple[Term, ...]:
        """What holds in every reachable state, as far as some premise needs it."""
        return tuple(dict.fromkeys(t for _, proof in self.parts for t in proof.lemmas))

    @property
    def obligations(self) -> tuple[Obligation, ...]:
        """All that is put to Z3."""
        return tuple(dict.fromkeys(o for _, proof in self.parts for o in proof.obligations))


def tail_after(machine: Machine, inferences: Iterable[Inference]) -> tuple[Tail, list[Premise]]:
    """What is known of tails by ``inferences``, if their premises hold.

    Raises:
        ModelError: one of them is none.
    """
    tail, found = Tail.of(machine), list[Premise]()
    for inference in inferences:
        found += inference.premises(tail)
        tail = inference.applied(tail)
    return tail, found


def premises_of(machine: Machine, proof: InTheEnd) -> list[Premise]:
    """What has to be shown for ``proof`` to be one.

    Raises:
        ModelError: it is none, whatever is shown.
    """
    tail, found = tail_after(machine, proof.inferences)
    if tail.going_on:
        raise ModelError(f"{tail.going_on[0].name} may go on for ever")
    if [k.promise for k in proof.kept] != promises_of(proof.claim):
        raise ModelError("these are not the promises of the claim")
    for kept in proof.kept:
        found += kept.premises(machine)
    return found


def flaw(
    machine: Machine, proof: InTheEnd, obligations: Obligations, pause: Callable[[], None]
) -> str:
    """Why ``proof`` is no proof, in words; empty if it is one.

    The premises are made anew, and everything that they need is put to Z3.
    """
    try:
        wanted = premises_of(machine, proof)
    except ModelError as error:
        return str(error)
    for premise in wanted:
        stronger = (
            part
            for claim, part in proof.parts
            if premise.follows_from(claim) and part.goal == Goal(claim.term, claim.step)
        )
        part = next(stronger, None)
        if part is None:
            return f"no proof that {premise.says}"
        missing = gap(machine, part) or undischarged(part, obligations, pause)
        if missing:
            return f"{premise.says}: {missing}"
    return ""
