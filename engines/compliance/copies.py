"""Which copies of a message there are, and which rules of which markets each of them is under."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from unsay.model.design import NO_MARKET, Design, MarketRule


@dataclass(frozen=True)
class Demanded:
    """A rule of a market: ``rule`` of the market called ``market``."""

    market: str
    rule: MarketRule

    def __str__(self) -> str:
        return f"{self.market}.{self.rule.name}"


@dataclass(frozen=True)
class Copy:
    """What a node keeps of a message, and who it is about.

    Attributes:
        sender: The account that sends the message, and its receiver's.
        receiver: See there.
        path: The nodes over which the message comes to ``node``, which is the last of them; none
            where the copy is not of this design, and sender and receiver are "".
        kind: The kind of message, or "" where the design does not tell kinds apart.
        markets: The markets of sender, receiver and node; "none" is nowhere.
    """

    sender: str
    receiver: str
    path: tuple[str, ...]
    kind: str
    markets: tuple[str, str, str]

    @property
    def node(self) -> str:
        """The node that keeps the copy, or "" where it is not of this design."""
        return self.path[-1] if self.path else ""


@dataclass(frozen=True)
class Group:
    """Copies that are under the same rules.

    Attributes:
        copies: At least one.
        rules: The rules, market by market in the order of the design.
    """

    copies: tuple[Copy, ...]
    rules: tuple[Demanded, ...]


def groups(design: Design, among: Iterable[Copy]) -> list[Group]:
    """The copies ``among`` which to look, by the rules of ``design`` that they are under.

    Those that are under none are left out.
    """
    by_rules: dict[tuple[Demanded, ...], list[Copy]] = {}
    for copy in among:
        by_rules.setdefault(tuple(_rules_of(copy, design)), []).append(copy)
    return [Group(tuple(c), rules) for rules, c in by_rules.items() if rules]


def copies(design: Design) -> Iterator[Copy]:
    """Every copy: of a message to each account but the sender's own, at each node.

    A sender with no one to write to writes to itself.
    """
    receivers = [a for a in design.owners if a != design.sender] or [design.sender]
    routes = {node: design.route(node) for node in design.nodes}
    for receiver in receivers:
        for node, path in routes.items():
            markets = (
                _market_of(design, design.sender),
                _market_of(design, receiver),
                design.nodes[node].market,
            )
            for kind in design.message_kinds or ("",):
                yield Copy(design.sender, receiver, path, kind, markets)


def combinations(design: Design) -> Iterator[Copy]:
    """A copy for every combination of markets of ``design``: a sender's, a receiver's, a node's."""
    markets = list(design.markets)
    for sender, receiver, node in itertools.product(markets, markets, markets):
        for kind in design.message_kinds or ("",):
            yield Copy("", "", (), kind, (sender, receiver, node))


def _market_of(design: Design, account: str) -> str:
    return design.accounts[account].market if account in design.accounts else NO_MARKET


def _rules_of(copy: Copy, design: Design) -> Iterator[Demanded]:
    sender, receiver, node = copy.markets
    where = {"sender": sender, "receiver": receiver, "node": node}
    for name, market in design.markets.items():
        for rule in market.rules:
            if name in (where[party] for party in rule.covers) and (
                not rule.kinds or copy.kind in rule.kinds
            ):
                yield Demanded(name, rule)
