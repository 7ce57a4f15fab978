"""What rules of markets, storage strategies and figures mean, as linear arithmetic over days.

One copy of one recalled message at one node. Day 0 is the day of the recall. What matters of the
copy is when its content has left hot storage, when it is gone from every tier, when the record of
the recall is gone, and who can read that record.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import get_args

import z3

from unsay.model.design import Audit, Design, MarketRule, Storage

FOREVER = 10**6
"""Days; more than any figure of a design."""

hot, content, record = z3.Ints("hot content record")
"""The first day on which content is not in hot storage, is nowhere, and the record is gone."""


def reads(reader: str) -> z3.BoolRef:
    """``reader`` can read the record of the recall."""
    return z3.Bool(f"reads {reader}")


@dataclass(frozen=True)
class Strategy:
    """How a node stores what is recalled: the two policies that say so."""

    storage: Storage
    audit: Audit

    def __str__(self) -> str:
        return f"{self.storage}, {'audit row' if self.audit == 'row' else 'no audit row'}"


STRATEGIES = tuple(Strategy(s, a) for s in get_args(Storage) for a in get_args(Audit))


@dataclass(frozen=True)
class Figure:
    """A key of [retention] that the design has decided."""

    key: str
    value: str

    def __str__(self) -> str:
        return f"retention.{self.key} = {self.value}"


def possible() -> z3.BoolRef:
    """What holds of any copy."""
    times = (hot, content, record)
    within = z3.And(*(z3.And(t >= 0, t <= FOREVER) for t in times))
    return z3.And(within, hot <= content)


def strategy_means(strategy: Strategy) -> z3.BoolRef:
    """What ``strategy`` makes of a copy.

    Without an audit row there is no record of the recall: the message's own row has who sent it.
    """
    kept = record >= content if strategy.audit == "row" else record == 0
    match strategy.storage:
        case "physical":
            # A row is erased as a whole, by the recall or by a job some days after it.
            return z3.And(hot == content, kept)
        case "logical":
            return z3.And(hot == FOREVER, content == FOREVER, kept)
        case "tiered":
            return z3.And(hot < content, kept)


@dataclass(frozen=True)
class Meaning:
    """How rules are read.

    Attributes:
        oldest: How many days old at most a message is when it is recalled; None is any number.
        youngest: How many days old it is at least.
        readers: Everybody who is asked about as a reader of records.
    """

    oldest: int | None
    youngest: int
    readers: frozenset[str]

    def of(self, rule: MarketRule) -> z3.BoolRef:
        """What ``rule`` demands of a copy, however old its message is when it is recalled."""
        match rule.demand:
            case "erase-within":
                return content <= self._left(rule)
            case "retain-at-least":
                return self._kept(rule)
            case "retain-at-most":
                gone = {
                    "content": content <= self._left(rule),
                    "record": record <= self._left(rule),
                }
                return gone.get(rule.what, z3.And(*gone.values()))
            case "no-cold-storage":
                return hot == content
            case "record-readable-by":
                return z3.And(record > 0, *(reads(r) for r in rule.readers))
            case "record-readable-only-by":
                strangers = sorted(self.readers - set(rule.readers))
                return z3.Or(record == 0, z3.And(*(z3.Not(reads(r)) for r in strangers)))

    def _left(self, rule: MarketRule) -> int:
        """Days that are left after the recall, in the worst case."""
        if rule.since == "recall":
            return _days(rule)
        # Counted from the send, the oldest message has the least of them.
        return 0 if self.oldest is None else max(0, _days(rule) - self.oldest)

    def _kept(self, rule: MarketRule) -> z3.BoolRef:
        # Counted from the send, what is recalled at once is to be kept the longest.
        days = _days(rule) - (self.youngest if rule.since == "send" else 0)
        kept = {"content": content >= days, "record": record >= days}
        return kept.get(rule.what, z3.Or(*kept.values()))


def _days(rule: MarketRule) -> int:
    return 0 if rule.days == "none" else rule.days


def figures(design: Design, meaning: Meaning) -> Iterator[tuple[Figure, z3.BoolRef]]:
    """What the design has decided of its [retention], and what that means."""
    retention = design.retention
    for key, day in (("hot", hot), ("content", content), ("record", record)):
        value = getattr(retention, key)
        if value != "free":
            yield Figure(key, str(value)), day == (FOREVER if value == "forever" else value)
    if retention.readers:
        said = [reads(r) == (r in retention.readers) for r in sorted(meaning.readers)]
        yield Figure("readers", ", ".join(retention.readers)), z3.And(*said)


def meaning_of(design: Design) -> Meaning:
    """How the rules of the markets of ``design`` are read."""
    retention = design.retention
    asked = {r for m in design.markets.values() for rule in m.rules for r in rule.readers}
    oldest = None if retention.oldest == "any" else retention.oldest
    return Meaning(oldest, 0, frozenset(asked.union(retention.readers)))
