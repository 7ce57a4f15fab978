"""How a promise might be kept where runs stand still: what lasts from its premise on.

Nothing here is trusted: what does not last has a premise that nobody can prove.
"""

from __future__ import annotations

from collections.abc import Iterator

from unsay.engines.proof.liveness.derivation import Kept
from unsay.engines.proof.liveness.samples import Samples
from unsay.engines.proof.liveness.tail import conjuncts
from unsay.model.language import Machine, Term
from unsay.model.language.rules import Obligation as Promise
from unsay.model.language.terms import Before, Least, ModelError, Read, walk


def ways(machine: Machine, promise: Promise, samples: Samples) -> Iterator[Kept]:
    """How ``promise`` might be kept, the simplest first; no sample is against any of these."""
    for lasting in (None, (), _lasting(machine, promise, samples)):
        kept = Kept(promise, lasting)
        try:
            premises = kept.premises(machine)
        except ModelError:
            continue
        if samples.keep(premises):
            yield kept


def _lasting(machine: Machine, promise: Promise, samples: Samples) -> tuple[Term, ...]:
    """What holds with the premise and lasts, in every sampled step, until the conclusion."""
    parts = [*conjuncts(promise.premise), *_begun(promise)]
    while parts:
        # One at a time may last only with others that do, so what is lost is dropped together.
        kept = Kept(promise, tuple(parts))
        lost = [p for p in parts if not samples.keep([kept.lasts(p), kept.follows(p)])]
        if not lost:
            break
        parts = [p for p in parts if p not in lost]
    return tuple(parts)


def _begun(promise: Promise) -> Iterator[Term]:
    """That a register which the premise reads has left its least value: a weaker thing to say."""
    read = dict.fromkeys(t for t in walk(promise.premise) if isinstance(t, Read))
    for cell in read:
        if cell.symbol.role == "state" and cell.sort.ordered:
            yield Before(Least(cell.sort), cell)
