"""Random walks that look for situations: a witness is most often easy to come by."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping

from unsay.model.language import Kind
from unsay.model.readings.compiled import Packed, Program

_WALKS = 60
_STEPS = 400
_FAULT_SHARE = 0.1
"""How often a walk takes a fault although something else is possible."""


def met(
    program: Program,
    situations: Mapping[str, Callable[[Packed], bool]],
    pause: Callable[[], None],
    seed: int = 0,
) -> set[str]:
    """Those of ``situations`` that came up in some random walks, the same for equal seeds.

    That one did not come up says nothing.
    """
    chance = random.Random(seed)
    faults = program.numbers(Kind.FAULT)
    missing = dict(situations)
    for _ in range(_WALKS):
        state = program.initial
        for _ in range(_STEPS):
            pause()
            for name in [n for n, holds in missing.items() if holds(state)]:
                del missing[name]
            steps = program.successors(state)
            if not missing or not steps:
                break
            calm = [s for a, s in steps if a not in faults]
            rough = [s for a, s in steps if a in faults]
            choose = rough if rough and (not calm or chance.random() < _FAULT_SHARE) else calm
            state = chance.choice(choose)
        if not missing:
            break
    return situations.keys() - missing.keys()
