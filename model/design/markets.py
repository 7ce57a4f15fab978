"""What the markets of a design demand of messages that are recalled: rules, and who is under them.

A market is a country, a region or a supervised trade. Nothing here says what the law is: the
figures are the design's, each with its source or marked "assumed".
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import Field

from unsay.model.design.checks import array, repeats, tables, unknown
from unsay.model.design.describe import Expect
from unsay.model.design.errors import Problem, quoted
from unsay.model.design.section import Section
from unsay.model.design.spec import NO_MARKET, Line, MarketName, Name

DAYS_MAX = 36_500
READERS_MAX = 8
RULES_MAX = 16
KINDS_MAX = 8
MARKETS_MAX = 16

Days = Annotated[int, Field(ge=0, le=DAYS_MAX)]
Demand = Literal[
    "erase-within",
    "retain-at-least",
    "retain-at-most",
    "no-cold-storage",
    "record-readable-by",
    "record-readable-only-by",
]
What = Literal["message", "content", "record"]
Since = Literal["recall", "send"]
Party = Literal["sender", "receiver", "node"]
OptionalDays = Annotated[
    Literal["none"] | Days, Expect(f"a whole number of days from 0 to {DAYS_MAX}")
]

_WITH_DAYS = ("erase-within", "retain-at-least", "retain-at-most")
_WITH_READERS = ("record-readable-by", "record-readable-only-by")
_PARTIES: tuple[Party, ...] = get_args(Party)


class MarketRule(Section):
    """One demand of a market."""

    name: Name = Field(description="What the rule is called; each name once in a market.")
    demand: Demand = Field(
        description="What is demanded: the content is gone from every tier in time (erase-within);"
        " something is kept so long (retain-at-least), or not longer (retain-at-most); content is"
        " never in cold storage (no-cold-storage); these can read the record of the recall"
        " (record-readable-by), or nobody but these can (record-readable-only-by)."
    )
    days: OptionalDays = Field(
        default="none", description="How many days; for erase-within and the two of retaining."
    )
    since: Since = Field(
        default="recall",
        description="What the days are counted from: the recall, or the send of its message.",
    )
    what: What = Field(
        default="message",
        description="What is retained: the content; the record (who, when, to whom, recalled by"
        " whom); or the message, of which either is enough.",
    )
    readers: Annotated[tuple[Name, ...], Field(max_length=READERS_MAX)] = Field(
        default=(), description="Who may read the record of a recall; for the two of reading."
    )
    covers: Annotated[tuple[Party, ...], Field(min_length=1)] = Field(
        default=_PARTIES,
        description="Whose being in the market brings a copy under the rule: the sender of the"
        " message, its receiver, the node that keeps the copy.",
        json_schema_extra={"uniqueItems": True},
    )
    kinds: Annotated[tuple[Name, ...], Field(max_length=KINDS_MAX)] = Field(
        default=(),
        description="The kinds of message under the rule, of those that the design names; none"
        " listed means all of them.",
    )
    source: Line = Field(
        description='Where the rule and its figure come from, or "assumed": it is not legal advice.'
    )

    @classmethod
    def problems(cls, raw: Mapping[str, Any]) -> Iterator[Problem]:
        """Keys that the demand has no use for, and those that it needs."""
        demand = raw.get("demand")
        if demand not in get_args(Demand):
            return
        needs = {"days": demand in _WITH_DAYS, "readers": demand in _WITH_READERS}
        for key, needed in needs.items():
            given = raw.get(key) not in (None, "none", (), [])
            if needed and not given:
                yield Problem((key,), f"missing; demand = {quoted(str(demand))} needs it")
            elif given and not needed:
                yield Problem((key,), f"has no meaning with demand = {quoted(str(demand))}")
        for key in ("covers", "readers", "kinds"):
            yield from repeats(raw.get(key), (key,))
        for key, meaningful in (("what", demand in _WITH_DAYS[1:]), ("since", needs["days"])):
            given = raw.get(key) not in (None, cls.model_fields[key].default)
            if given and not meaningful:
                yield Problem((key,), f"has no meaning with demand = {quoted(str(demand))}")


class Market(Section):
    """Rules that hold together in some place or trade."""

    title: Line = Field(description="What the market is called in reports.")
    rules: Annotated[
        tuple[MarketRule, ...],
        Field(min_length=1, max_length=RULES_MAX),
        Expect(f"an array of 1 to {RULES_MAX} tables, each written [[markets.NAME.rules]]"),
    ] = Field(description="What the market demands.")

    @classmethod
    def problems(cls, raw: Mapping[str, Any]) -> Iterator[Problem]:
        """Names that stand twice, and what is wrong within a rule."""
        seen: set[str] = set()
        for position, rule in _rules(raw):
            name = rule.get("name")
            if isinstance(name, str) and name in seen:
                text = f"{quoted(name)} is the name of an earlier rule; allowed: each name once"
                yield Problem(("rules", position, "name"), text)
            elif isinstance(name, str):
                seen.add(name)
            for problem in MarketRule.problems(rule):
                yield Problem(("rules", position, *problem.path), problem.text)


class AccountSpec(Section):
    """Where the user of an account is."""

    market: MarketName = Field(description="The market whose rules the user is under.")


Figure = Annotated[
    Literal["free", "forever"] | Days,
    Expect(f'"free", "forever" or a whole number of days from 0 to {DAYS_MAX}'),
]


class Retention(Section):
    """How long what is left of a recalled message is kept, in days after the recall."""

    hot: Figure = Field(
        default="free",
        description='When its content leaves hot storage. With storage = "tiered" it is then cold.',
    )
    content: Figure = Field(default="free", description="When its content is gone from every tier.")
    record: Figure = Field(
        default="free",
        description="When the record of the recall (the audit row) is gone.",
    )
    readers: Annotated[tuple[Name, ...], Field(max_length=READERS_MAX)] = Field(
        default=(),
        description="Who can read the record; none listed means that this is not decided yet.",
    )
    oldest: Annotated[
        Literal["any"] | Days,
        Expect(f'"any" or a whole number of days from 0 to {DAYS_MAX}'),
    ] = Field(default="any", description="How old a message may be when it is recalled, in days.")


def market_problems(raw: Mapping[str, Any]) -> Iterator[Problem]:
    """Names that name no market, account or kind of message, in a design as it was written."""
    markets = raw.get("markets", {})
    if isinstance(markets, Mapping):
        yield from repeats(raw.get("message_kinds"), ("message_kinds",))
        yield from _unknown_markets(raw, markets)
        yield from _unknown_owners(raw)
        for name, market in tables(markets):
            for problem in (*Market.problems(market), *_unknown_kinds(market, raw)):
                yield Problem(("markets", name, *problem.path), problem.text)


def _unknown_markets(raw: Mapping[str, Any], markets: Mapping[str, Any]) -> Iterator[Problem]:
    if NO_MARKET in markets:
        yield Problem(("markets", NO_MARKET), "stands for no market; allowed: any other name")
    for key in ("nodes", "accounts"):
        for name, spec in tables(raw.get(key)):
            market = spec.get("market")
            if isinstance(market, str) and market not in (NO_MARKET, *markets):
                yield Problem((key, name, "market"), unknown("market", market, markets))


def _unknown_owners(raw: Mapping[str, Any]) -> Iterator[Problem]:
    devices = tables(raw.get("devices"))
    owners = [spec["account"] for _, spec in devices if isinstance(spec.get("account"), str)]
    for name, _ in tables(raw.get("accounts")):
        if owners and name not in owners:
            yield Problem(("accounts", name), unknown("account", name, dict.fromkeys(owners)))


def _unknown_kinds(market: Mapping[str, Any], raw: Mapping[str, Any]) -> Iterator[Problem]:
    known = [kind for kind in array(raw.get("message_kinds")) if isinstance(kind, str)]
    for position, rule in _rules(market):
        for place, kind in enumerate(array(rule.get("kinds"))):
            if isinstance(kind, str) and kind not in known:
                text = unknown("message kind", kind, known)
                yield Problem(("rules", position, "kinds", place), text)


def _rules(market: Mapping[str, Any]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for position, rule in enumerate(array(market.get("rules"))):
        if isinstance(rule, Mapping):
            yield position, rule
