"""The least lifetimes of tombstones, request ids, rows and messages that keep the properties.

A lifetime counts only by what it outlasts (``model/recall/expiry.py``), so there are few to tell
apart: one for each horizon, or sum of horizons, that it can be compared with. Each is tried on the
machine, in every reachable state. What lasts longer allows fewer runs, so that the least one that
keeps the properties is refuted by the next shorter one, with a run.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from unsay.engines.check import Checked, Options, check_design, properties_of
from unsay.engines.verdict import Outcome
from unsay.model.design import (
    COMPARED,
    FOREVER,
    MEMORIES,
    Design,
    Horizon,
    Memory,
    design_from_data,
    in_words,
    minutes,
)

ANY_TIME = "any time"
"""What a memory lasts that a design lets expire without saying when."""

_SOUND = (Outcome.PROVED, Outcome.HOLDS, Outcome.VACUOUS)


@dataclass(frozen=True)
class Lifetime:
    """One length that a memory can have.

    Attributes:
        length: As a design file has it.
        outlasts: What it is just long enough to outlast; empty for "forever", and for what
            outlasts nothing.
    """

    length: str
    outlasts: tuple[Horizon, ...] = ()


@dataclass(frozen=True)
class Least:
    """The least lifetime of one memory.

    Attributes:
        memory: Which.
        own: The lifetime that the design has.
        least: The least that keeps the properties, or None where none was found to.
        below: The check that refutes a minute less than the least, or, of "forever", the longest
            length that there is; None where there is none.
        unknown: Why nothing is known, or "".
    """

    memory: Memory
    own: str
    least: Lifetime | None
    below: Checked | None = None
    unknown: str = ""

    @property
    def long_enough(self) -> bool:
        """Whether the design's own lifetime is at least the least."""
        own = 0 if self.own == ANY_TIME else minutes(self.own)
        return self.least is not None and own >= minutes(self.least.length)


@dataclass(frozen=True)
class Lifetimes:
    """What came of the search.

    Attributes:
        properties: What is to be kept: of those asked for, what holds where memory lasts forever.
        broken: What is broken even then.
        undecided: What was not decided then, and is not kept.
        memories: The least lifetimes, each with the ones before it at their least, and the rest
            at forever.
        confirmed: The check of the design with all memories at their least.
        own: The check of the design as it is.
    """

    properties: tuple[str, ...]
    broken: tuple[str, ...]
    undecided: tuple[str, ...]
    memories: tuple[Least, ...]
    confirmed: Checked | None
    own: Checked | None

    @property
    def decided(self) -> bool:
        """Whether nothing was left open."""
        found = all(m.least is not None and not m.unknown for m in self.memories)
        checks = (self.confirmed, self.own)
        sure = all(c is not None and all(_known(c, n) for n in c.verdicts) for c in checks)
        return bool(self.memories) and not self.undecided and found and sure

    @property
    def kept(self) -> bool:
        """Whether the design as it is keeps the properties."""
        return self.own is not None and all(_holds(self.own, n) for n in self.own.verdicts)


def lifetimes_of(design: Design, options: Options, names: Sequence[str] = ()) -> Lifetimes:
    """The least lifetimes of what ``design`` remembers.

    Args:
        design: The design; its [lifetimes] say how long the horizons are.
        options: How to check; the time limit is for each lifetime that is tried.
        names: The properties to keep; none means the design's, or all of them.
    """
    search = _Search(design, options)
    asked = [p.name for p in properties_of(design, names)]
    forever = search.checked(dict.fromkeys(MEMORIES, FOREVER), asked)
    kept = tuple(n for n in asked if n in forever.verdicts and _holds(forever, n))
    broken = tuple(n for n, v in forever.verdicts.items() if v.outcome is Outcome.VIOLATED)
    undecided = tuple(n for n in forever.verdicts if n not in kept + broken)
    least: dict[Memory, str] = dict.fromkeys(MEMORIES, FOREVER)
    found = []
    for memory in _memories(design) if kept else ():
        found.append(search.least(memory, least, kept))
        if (it := found[-1].least) is not None:
            least[memory] = it.length
    confirmed = search.checked(least, kept) if found else None
    own = check_design(design, search.options, kept) if found else None
    return Lifetimes(kept, broken, undecided, tuple(found), confirmed, own)


def candidates(design: Design, memory: Memory) -> list[Lifetime]:
    """The lifetimes of ``memory`` that ``design`` can tell apart, the longest first."""
    horizons = design.lifetimes
    lengths: dict[float, tuple[Horizon, ...]] = {}
    for compared in COMPARED[memory]:
        length = sum(minutes(getattr(horizons, h)) for h in compared)
        if math.isfinite(length):
            lengths.setdefault(length, compared)
    found = [Lifetime(FOREVER)]
    found += [Lifetime(in_words(n), lengths[n]) for n in sorted(lengths, reverse=True)]
    return [*found, Lifetime("1min")] if min(lengths, default=math.inf) > 1 else found


def _memories(design: Design) -> Iterator[Memory]:
    """What ``design`` remembers."""
    yield "tombstone"
    if design.policies.deduplication == "request-id":
        yield "request_id"
    if design.policies.dispatch == "tracked":
        yield "tracking_row"
    if design.lifetimes.ends("message"):
        yield "message"


def _known(checked: Checked, name: str) -> bool:
    return _holds(checked, name) or checked.verdicts[name].outcome is Outcome.VIOLATED


def _holds(checked: Checked, name: str) -> bool:
    return checked.verdicts[name].outcome in _SOUND


class _Search:
    """Tries lifetimes on one design."""

    def __init__(self, design: Design, options: Options) -> None:
        self.design = design
        self.options = replace(options, prove=False)

    def checked(self, lengths: dict[Memory, str], names: Sequence[str]) -> Checked:
        """The design with memories of these lengths, checked for some properties."""
        data = self.design.resolved()
        data["lifetimes"] |= lengths
        if self.design.policies.deduplication == "request-id":
            expires = lengths["request_id"] != FOREVER
            data["policies"]["request_record"] = "expires" if expires else "forever"
        return check_design(design_from_data(data, self.design.title), self.options, names)

    def least(self, memory: Memory, others: dict[Memory, str], names: Sequence[str]) -> Least:
        """The least lifetime of ``memory``, with those of the ``others``."""
        own, best = getattr(self.design.lifetimes, memory), None
        if memory == "request_id" and own == FOREVER:
            expires = self.design.policies.request_record == "expires"
            own = ANY_TIME if expires else FOREVER
        for candidate in candidates(self.design, memory):
            checked = self.checked({**others, memory: candidate.length}, names)
            if all(_holds(checked, n) for n in checked.verdicts):
                best = candidate
                continue
            if any(v.outcome is Outcome.VIOLATED for v in checked.verdicts.values()):
                if best is not None and best.length != FOREVER:
                    shorter = in_words(minutes(best.length) - 1)
                    checked = self.checked({**others, memory: shorter}, names)
                return Least(memory, own, best, checked)
            reason = next(v.reason for n, v in checked.verdicts.items() if not _holds(checked, n))
            return Least(memory, own, best, None, f"at {candidate.length}: {reason}")
        return Least(memory, own, best)
