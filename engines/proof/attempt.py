"""What came of trying to prove one property, the same as JSON, and what stands against it shown."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from unsay.engines.proof.countermodels_as_data import countermodel_as_data, countermodel_of
from unsay.engines.proof.found import Proof
from unsay.engines.proof.liveness.derivation import InTheEnd
from unsay.engines.proof.obligations import Countermodel
from unsay.engines.proof.proofs_as_data import proof_as_data, proof_of
from unsay.engines.proof.small import Looked, SmallRun, scopes
from unsay.engines.proof.supposed import supposed
from unsay.engines.proof.terms_as_data import TermReader
from unsay.engines.run import Replay, ReplayError, replay
from unsay.model.language import Machine
from unsay.properties import Property


@dataclass(frozen=True)
class Attempt:
    """What came of trying to prove one property.

    Attributes:
        property: The property.
        proof: Why it holds at any size, or None.
        reason: Without a proof, why there is none.
        complete: No limit and no person stopped the attempt, and what came of it is no matter of
            the design's structure: it may be kept.
        seconds: Time that it took.
        looked: The small scopes in which claim and lemmas hold in every reachable state.
        cached: The verdict was found before, by this program, of equal rules, axioms and claim.
        ran_out: It is the clock that ended it.
        against: Without a proof, the state and the step that no lemma could exclude, if there are.
        run: Where a small scope breaks the property, the run that does.
        shown: One of these, performed by the reference reading.
    """

    property: Property
    proof: Proof | InTheEnd | None = None
    reason: str = ""
    complete: bool = True
    seconds: float = 0.0
    looked: Looked = field(default_factory=Looked)
    cached: bool = False
    ran_out: bool = False
    against: Countermodel | None = None
    run: SmallRun | None = None
    shown: Replay | None = None


def attempt_as_data(attempt: Attempt) -> dict[str, Any]:
    """``attempt`` as plain data, without how long it took."""
    return {
        "property": attempt.property.name,
        "proof": proof_as_data(attempt.proof) if isinstance(attempt.proof, Proof) else None,
        "reason": attempt.reason,
        "states": list(attempt.looked.states),
        "against": None if attempt.against is None else countermodel_as_data(attempt.against),
        "run": attempt.run and attempt.run.as_data(),
    }


def attempt_of(p: Property, data: dict[str, Any], machine: Machine) -> Attempt:
    """The attempt that ``attempt_as_data`` made ``data`` of, as one that was kept.

    Raises:
        ValueError, KeyError, TypeError: it is no such data.
    """
    found = data["proof"]
    proof = None if found is None else proof_of(found, TermReader(machine))
    states = tuple(int(n) for n in data["states"])
    against = data["against"] and countermodel_of(data["against"], machine)
    run = data["run"] and SmallRun.of_data(data["run"])
    reason, looked = str(data["reason"]), Looked(states)
    return Attempt(p, proof, reason, looked=looked, cached=True, against=against, run=run)


def pictured(machine: Machine, attempt: Attempt) -> Attempt:
    """``attempt`` with what stands against the property performed.

    Raises:
        ReplayError: that does not break it.
        IndexError: there is no such scope.
    """
    shown = None
    if attempt.against is not None:
        shown = supposed(machine, attempt.against, attempt.property)
    elif attempt.run is not None:
        run = attempt.run
        shown = replay(scopes(machine)[run.scope], run.steps, attempt.property, run.loop)
        if not shown.broken:
            raise ReplayError(f"internal error: a run does not break {attempt.property.name}")
    return replace(attempt, shown=shown)
