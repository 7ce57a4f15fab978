"""What comes of a search for a proof: the proof, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from unsay.engines.proof.obligations import NO_STEP, Countermodel, Goal, Obligation
from unsay.model.language import Term


@dataclass(frozen=True)
class Proof:
    """Why a claim holds at any size: every obligation of it and of its lemmas is discharged.

    Attributes:
        goal: The claim.
        lemmas: What else holds in every reachable state, as far as the claim needs it.
        obligations: All of them, each with what it was discharged from.
    """

    goal: Goal
    lemmas: tuple[Term, ...]
    obligations: tuple[Obligation, ...]

    @cached_property
    def implied(self) -> frozenset[Goal]:
        """What others imply in every state, so that no rule is asked."""
        return frozenset(o.goal for o in self.obligations if o.rule == NO_STEP.name)


@dataclass(frozen=True)
class Failure:
    """Why there is no proof.

    Attributes:
        reason: In words.
        against: A step that breaks the claim, from a state that no lemma could exclude. Nobody
            says that the state is reachable.
    """

    reason: str
    against: Countermodel | None = None
