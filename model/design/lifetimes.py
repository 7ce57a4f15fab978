"""How long things are remembered, and how long the world may take: durations that race."""

import math
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import Field

from unsay.model.design.describe import Expect
from unsay.model.design.errors import Problem
from unsay.model.design.section import Section

FOREVER = "forever"
_MINUTES = {"min": 1, "h": 60, "d": 24 * 60}
_PATTERN = re.compile(rf"([1-9][0-9]{{0,8}})({'|'.join(_MINUTES)})")

Duration = Annotated[
    str,
    Field(pattern=rf"^({FOREVER}|{_PATTERN.pattern})$"),
    Expect('"forever" or a duration such as "30min", "6h" or "7d"'),
]
Memory = Literal["tombstone", "request_id", "tracking_row", "message"]
Horizon = Literal["retry_horizon", "offline", "window", "backfill"]
MEMORIES: tuple[Memory, ...] = get_args(Memory)
HORIZONS: tuple[Horizon, ...] = get_args(Horizon)

COMPARED: Mapping[Memory, tuple[tuple[Horizon, ...], ...]] = {
    "tombstone": (
        ("retry_horizon",),
        ("retry_horizon", "offline"),
        ("retry_horizon", "backfill"),
    ),
    "request_id": (("retry_horizon",),),
    "tracking_row": (("window",), ("window", "retry_horizon")),
    "message": (("window",), ("window", "retry_horizon")),
}
"""What each memory is compared with: horizons one after the other."""


def minutes(duration: str) -> float:
    """``duration`` in minutes; "forever" is infinite."""
    found = _PATTERN.fullmatch(duration)
    return math.inf if found is None else int(found[1]) * _MINUTES[found[2]]


def in_words(length: float) -> str:
    """A number of minutes as a duration, in the largest unit that makes it a whole number."""
    if math.isinf(length):
        return FOREVER
    unit = max((u for u in _MINUTES if length % _MINUTES[u] == 0), key=lambda u: _MINUTES[u])
    return f"{int(length) // _MINUTES[unit]}{unit}"


class Lifetimes(Section):
    """How long nodes remember, and what that has to outlast.

    Only what outlasts what counts; the machine has no clock.
    """

    tombstone: Duration = Field(
        default=FOREVER, description="How long a node remembers a recall that it has applied."
    )
    request_id: Duration = Field(
        default=FOREVER,
        description="How long a node remembers the id of a request that it has processed; only with"
        ' request_record = "expires".',
    )
    tracking_row: Duration = Field(
        default=FOREVER,
        description="How long the flow-tracking table remembers where a message has gone; only with"
        ' dispatch = "tracked".',
    )
    message: Duration = Field(
        default=FOREVER,
        description="How long a node keeps a message that is not recalled; then a retention job"
        " deletes it there, and what is left tells neither what nor whose it was.",
    )
    retry_horizon: Duration = Field(
        default=FOREVER,
        description="How long after a command is issued the last copy of it is still on its way, or"
        " sent again.",
    )
    offline: Duration = Field(default=FOREVER, description="How long a device is offline at most.")
    window: Duration = Field(
        default=FOREVER, description="How long after it is sent a message may be recalled."
    )
    backfill: Duration = Field(
        default=FOREVER,
        description="How old a message may be that a node takes from another node's history; only"
        ' with backfill = "content".',
    )

    def outlasts(self, memory: Memory, *horizons: Horizon) -> bool:
        """Whether ``memory`` lasts at least as long as the ``horizons`` one after the other.

        They are one of those that ``COMPARED`` lists for it.
        """
        assert horizons in COMPARED[memory], f"{memory} is not said to be compared with {horizons}"
        return minutes(getattr(self, memory)) >= sum(minutes(getattr(self, h)) for h in horizons)

    def ends(self, key: Memory | Horizon) -> bool:
        """Whether a memory, or what it is compared with, comes to an end."""
        return bool(getattr(self, key) != FOREVER)


def lifetime_problems(raw: Mapping[str, Any], policies: Mapping[str, Any]) -> Iterator[Problem]:
    """Lifetimes of what a design does not keep; ``policies`` has every policy, defaults too."""
    lifetimes = raw.get("lifetimes", {})
    if not isinstance(lifetimes, Mapping):
        return
    if policies.get("window") == "each-receiver" and lifetimes.get("window", FOREVER) == FOREVER:
        yield Problem(("policies", "window"), '"each-receiver" needs a window in [lifetimes]')
    needs = {
        "request_id": ("request_record", "expires"),
        "tracking_row": ("dispatch", "tracked"),
        "backfill": ("backfill", "content"),
    }
    for key, (policy, value) in needs.items():
        if lifetimes.get(key, FOREVER) != FOREVER and policies.get(policy) != value:
            yield Problem(("lifetimes", key), f'only allowed with {policy} = "{value}"')
