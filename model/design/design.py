"""A whole design: what a file holds once it is checked and every default is filled in."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import networkx
from pydantic import AfterValidator, Field, model_validator

from unsay.model.design.checks import design_problems
from unsay.model.design.describe import DerivedDefault, Expect
from unsay.model.design.errors import Problem
from unsay.model.design.lifetimes import Lifetimes, lifetime_problems
from unsay.model.design.markets import (
    KINDS_MAX,
    MARKETS_MAX,
    AccountSpec,
    Market,
    Retention,
    market_problems,
)
from unsay.model.design.policies import Policies
from unsay.model.design.section import FrozenDict, Section
from unsay.model.design.spec import (
    DEVICES_MAX,
    NODES_MAX,
    AccountName,
    DeviceSpec,
    FairnessSpec,
    Faults,
    Line,
    LinkSpec,
    Name,
    NodeSpec,
    Paragraph,
    Scope,
    is_name,
    without_default,
)
from unsay.model.design.translate import validated

if TYPE_CHECKING:
    from networkx import DiGraph, Graph

_OF_MARKETS = ("accounts", "markets", "message_kinds", "retention")


class Design(Section):
    """How one system recalls messages: its nodes, devices, policies, faults, and what to check."""

    title: Line = Field(description="What the design is called, in reports and pictures.")
    about: Paragraph = Field(default="", description="One paragraph on the design.")
    sources: tuple[Line, ...] = Field(
        default=(), description="Where the design or its bug is described: issues, papers, pages."
    )
    sender: Annotated[AccountName, DerivedDefault("the account of the first device")] = Field(
        default="",
        description="The account that sends, and recalls, the messages.",
        json_schema_extra=without_default,
    )
    properties: tuple[Line, ...] = Field(
        default=(),
        description="The properties to check, by name; none listed means all of them.",
        json_schema_extra={"uniqueItems": True},
    )
    message_kinds: Annotated[tuple[Name, ...], Field(max_length=KINDS_MAX)] = Field(
        default=(),
        description="Kinds of message that rules of markets tell apart, if any.",
        json_schema_extra={"uniqueItems": True},
    )
    nodes: Annotated[
        dict[Name, NodeSpec],
        Field(min_length=1, max_length=NODES_MAX),
        AfterValidator(FrozenDict),
        Expect(f"1 to {NODES_MAX} tables, each written [nodes.NAME]"),
    ] = Field(description="The places where messages and recalls are kept and passed on.")
    links: Annotated[
        tuple[LinkSpec, ...],
        Expect("an array of tables, each written [[links]]"),
    ] = Field(
        default=(),
        description="Which nodes are connected, in both directions; every node must be reached.",
    )
    devices: Annotated[
        dict[Name, DeviceSpec],
        Field(min_length=1, max_length=DEVICES_MAX),
        AfterValidator(FrozenDict),
        Expect(f"1 to {DEVICES_MAX} tables, each written [devices.NAME]"),
    ] = Field(description="The devices of the users.")
    accounts: Annotated[
        dict[Name, AccountSpec],
        Field(max_length=DEVICES_MAX),
        AfterValidator(FrozenDict),
        Expect("tables, each written [accounts.NAME]"),
    ] = Field(
        default={},
        validate_default=True,
        description="Where users are, as far as rules ask for it.",
    )
    markets: Annotated[
        dict[Name, Market],
        Field(max_length=MARKETS_MAX),
        AfterValidator(FrozenDict),
        Expect(f"at most {MARKETS_MAX} tables, each written [markets.NAME]"),
    ] = Field(
        default={},
        validate_default=True,
        description="What the law and the trade demand of recalled messages, market by market:"
        " for unsay comply. (unsay list markets has examples.)",
    )
    retention: Retention = Field(
        default=Retention(),
        description="How long what is left of a recalled message is kept: for unsay comply.",
    )
    policies: Policies = Field(
        default=Policies(),
        description="How the design handles recalls; every default is the sound choice.",
    )
    lifetimes: Lifetimes = Field(
        default=Lifetimes(),
        description="How long things are remembered, and how long the world may take. What counts"
        " is which outlasts which; unsay lifetimes computes the least that keep the properties.",
    )
    faults: Faults = Field(
        default=Faults(),
        description="What may go wrong, and how often; every default is the worst case.",
    )
    fairness: FairnessSpec = Field(
        default=FairnessSpec(),
        description="What is assumed of runs that never end; every default is the usual one.",
    )
    scope: Scope = Field(default=Scope(), description="How much happens in the runs to check.")

    @model_validator(mode="before")
    @classmethod
    def _fill_in(cls, data: object) -> object:
        """Give the keys their values whose defaults are taken from other keys.

        Only from well-formed names: others are reported where they stand, not twice.
        """
        if not isinstance(data, dict):
            return data
        filled = dict(data)
        if isinstance(nodes := data.get("nodes"), dict):
            filled["nodes"] = {name: _with_region(name, spec) for name, spec in nodes.items()}
        if "sender" not in data and isinstance(devices := data.get("devices"), dict):
            first = next(iter(devices.values()), None)
            account = first.get("account") if isinstance(first, dict) else None
            account = first.account if isinstance(first, DeviceSpec) else account
            if is_name(account):
                filled["sender"] = account
        return filled

    @classmethod
    def problems(cls, raw: Mapping[str, Any]) -> Iterator[Problem]:
        """What is wrong between keys, here and within [policies] and [scope]."""
        yield from design_problems(raw)
        yield from market_problems(raw)
        given = raw.get("policies")
        policies = given if isinstance(given, Mapping) else {}
        yield from lifetime_problems(raw, {**Policies.defaults(), **policies})
        for key, section in (("policies", Policies), ("scope", Scope)):
            if isinstance(table := raw.get(key), Mapping):
                for problem in section.problems(table):
                    yield Problem((key, *problem.path), problem.text)

    @property
    def owners(self) -> tuple[str, ...]:
        """The accounts that own a device, each once, in the order of the file."""
        return tuple(dict.fromkeys(device.account for device in self.devices.values()))

    @property
    def origin(self) -> str:
        """The node from which messages are sent: the home of the sender's first device."""
        return next(d.home for d in self.devices.values() if d.account == self.sender)

    def graph(self) -> "Graph[str]":
        """The nodes, each with its ``region``, and the links with ``fifo`` and ``carriers``."""
        graph: Graph[str] = networkx.Graph()
        for name, node in self.nodes.items():
            graph.add_node(name, region=node.region)
        for link in self.links:
            graph.add_edge(*link.between, fifo=link.fifo, carriers=link.carriers)
        return graph

    def routes(self) -> "DiGraph[str]":
        """The tree in which a message goes from the sender's home to every node.

        Shortest paths; ties go by name, not by the order of the file. It ends before the nodes that
        fetch.
        """
        graph = self.graph()
        graph.remove_nodes_from(name for name, node in self.nodes.items() if node.fetches)
        return networkx.bfs_tree(graph, self.origin, sort_neighbors=sorted)

    def route(self, node: str) -> tuple[str, ...]:
        """The nodes that a message passes on its way to ``node``, from the first to the last."""
        if self.nodes[node].fetches:
            return (self.origin, node)
        return tuple(networkx.shortest_path(self.routes(), self.origin, node))

    @property
    def fetching(self) -> bool:
        """Whether some node fetches messages."""
        return any(node.fetches for node in self.nodes.values())

    @property
    def two_carriers(self) -> bool:
        """Whether some link has two carriers."""
        return any(link.carriers > 1 for link in self.links)

    @property
    def admins(self) -> bool:
        """Whether administrators recall messages, within the scope."""
        return "admin-recall" in self.scope.commands

    def with_scope(
        self, messages: int | None = None, commands: Sequence[str] | None = None
    ) -> "Design":
        """The same design with another scope; None keeps what the design has.

        Raises ``DesignError`` when the scope is not one a design file could have.
        """
        given = {"messages": messages, "commands": commands}
        data = self.resolved()
        data["scope"] |= {key: value for key, value in given.items() if value is not None}
        return validated(Design, data, "with_scope")

    def resolved(self) -> dict[str, Any]:
        """The design as JSON-able data that loads as this design, with every default filled in.

        Left out is only ``retry_limit`` where it has no meaning, and could not be given.
        """
        data = self.model_dump(mode="json")
        if self.policies.retry != "limited":
            del data["policies"]["retry_limit"]
        return data

    def fingerprint(self) -> str:
        """SHA-256, in hex, of all that the behaviour of the design depends on.

        That is everything but its title, about, sources and properties, and what only the
        rules of markets are about. Designs that differ
        in the order of their nodes, devices or links only have the same fingerprint, unless
        the order makes another node the origin.
        """
        data = self.resolved()
        for key in ("title", "about", "sources", "properties", *_OF_MARKETS):
            del data[key]
        for node in data["nodes"].values():
            del node["market"]
        for link in data["links"]:
            link["between"].sort()
        data["links"].sort(key=lambda link: link["between"])
        # The one thing that the order of the file decides.
        data["origin"] = self.origin
        canonical = json.dumps(data, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()


def _with_region(name: object, spec: object) -> object:
    if isinstance(spec, NodeSpec):
        return spec.model_copy(update={"region": spec.region or str(name)})
    if isinstance(spec, dict) and is_name(name):
        return {"region": name, **spec}
    return spec
