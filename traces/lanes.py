"""Lanes: who stands in a picture, and in which order.

A lane is one node or one device. Regions stay together, and a device stands beside its home
node. On which side of its home it stands is chosen once per design, so that the links cross as
few lanes as possible; two pictures of one design therefore always have the same lanes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from unsay.model.design import Design
from unsay.model.language import Machine, Sort
from unsay.model.recall.vocabulary import Device, Node, home


@dataclass(frozen=True)
class Lane:
    """One participant. ``position`` is its place in ``sort``, as steps and states have it."""

    sort: Sort
    position: int
    name: str
    region: str = ""
    account: str = ""
    """Whose device it is; empty for a node."""
    home: str = ""
    """The node that serves the device; empty for a node."""

    @property
    def kind(self) -> str:
        """``node``, ``device``, or the name of another sort at which rules happen."""
        return self.sort.name.lower()

    @property
    def key(self) -> str:
        """A name that no other lane has: a node and a device may be called the same."""
        return f"{self.kind}:{self.name}"


def lanes_of(machine: Machine) -> tuple[Lane, ...]:
    """The lanes of ``machine``, from left to right."""
    sorts = _lane_sorts(machine)
    design = machine.design if isinstance(machine.design, Design) else None
    served = {} if design is not None else _homes(machine)
    lanes = [
        _lane(sort, position, name, design, served)
        for sort in sorts
        for position, name in enumerate(machine.structure.members(sort))
    ]
    devices = [lane for lane in lanes if lane.home]
    families = [
        _Family(lane, [d for d in devices if d.home == lane.name and lane.sort == Node.sort])
        for lane in lanes
        if not lane.home
    ]
    regions = list(dict.fromkeys(f.head.region for f in families))
    families.sort(key=lambda family: regions.index(family.head.region))
    links = [link.between for link in design.links] if design is not None else []
    _choose_sides(families, links)
    return tuple(lane for family in families for lane in family.lanes())


def _lane_sorts(machine: Machine) -> list[Sort]:
    """The sorts at which something happens, or between which something travels."""
    sorts = [p.of for rule in machine.rules for p in rule.parameters if p.name == rule.at]
    for flow in machine.flows:
        sorts += [flow.source.sort, flow.target.sort]
    sorts += [view.holder.of for view in machine.views]
    known = machine.structure.elements
    return list(dict.fromkeys(s for s in (Node.sort, Device.sort, *sorts) if s in known))


def _homes(machine: Machine) -> dict[str, str]:
    """The node that serves each device, where no design says so but a table does."""
    nodes, devices = (machine.structure.elements.get(s, ()) for s in (Node.sort, Device.sort))
    tables = machine.structure.rigid.items()
    served = next((t for s, t in tables if s == home.symbol), {})
    return {devices[d]: nodes[v] for (d,), v in served.items()}


def _lane(
    sort: Sort, position: int, name: str, design: Design | None, served: Mapping[str, str]
) -> Lane:
    if design is not None and sort == Node.sort and name in design.nodes:
        return Lane(sort, position, name, design.nodes[name].region)
    if design is not None and sort == Device.sort and name in design.devices:
        device = design.devices[name]
        region = design.nodes[device.home].region
        return Lane(sort, position, name, region, device.account, device.home)
    return Lane(sort, position, name, home=served.get(name, "") if sort == Device.sort else "")


@dataclass
class _Family:
    """A node and its devices, the first ``left`` of them to its left."""

    head: Lane
    devices: list[Lane]
    left: int = 0

    def lanes(self) -> list[Lane]:
        return [*self.devices[: self.left], self.head, *self.devices[self.left :]]


def _choose_sides(families: list[_Family], links: Sequence[tuple[str, str]]) -> None:
    """Improve one family at a time until nothing gets better; ties keep devices to the right."""
    better = True
    while better:
        better = False
        for family in families:
            before = family.left
            costs = []
            for left in range(len(family.devices) + 1):
                family.left = left
                costs.append((_cost(families, links), left))
            _, family.left = min(costs)
            family.left = before if costs[before][0] == min(costs)[0] else family.left
            better |= family.left != before


def _cost(families: list[_Family], links: Sequence[tuple[str, str]]) -> int:
    order = [lane for family in families for lane in family.lanes()]
    node = {lane.name: x for x, lane in enumerate(order) if lane.sort == Node.sort}
    # A copy on a link is what a picture is mostly about, so it counts twice.
    between = 2 * sum(abs(node[a] - node[b]) for a, b in links if a in node and b in node)
    to_home = sum(abs(x - node[d.home]) for x, d in enumerate(order) if d.home in node)
    return between + to_home
