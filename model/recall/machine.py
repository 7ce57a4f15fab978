"""The recall machine of a design: its layers composed over the world that the design describes."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from unsay.model.design import Design
from unsay.model.language import Bool, Machine, Sort, Structure, Symbol, Table, compose
from unsay.model.recall import vocabulary as words
from unsay.model.recall.access import access
from unsay.model.recall.commands import commands
from unsay.model.recall.expiry import expiry
from unsay.model.recall.faults import faults
from unsay.model.recall.links import links
from unsay.model.recall.routing import routing
from unsay.model.recall.storage import storage
from unsay.model.recall.vocabulary import Act, Command, Device, Message, Node, Nth, Version, world

LAYERS = (world, commands, links, routing, storage, access, faults, expiry)


@dataclass(frozen=True)
class _Planned:
    """A command of the scope: what it does, to which message, as which version."""

    name: str
    act: str
    message: str
    version: int
    after: str | None = None
    replaces: str | None = None
    forged: bool = False
    by_admin: bool = False


def build_machine(design: Design) -> Machine:
    """The recall machine of ``design`` at its scope.

    Raises:
        ModelError: a rule of the machine does not make sense (a defect of this program).
    """
    recurring = design.fairness.faults == "recurring"
    return compose(design.title, LAYERS, design, build_structure(design), faults_recur=recurring)


def plan(design: Design) -> list[_Planned]:
    """The commands of the scope, message by message in the order in which users issue them.

    A resend under ``fresh-message`` opens a new message, to which later acts then apply.
    """
    planned: list[_Planned] = []
    for i in range(1, design.scope.messages + 1):
        message, version, before = f"m{i}", 1, f"m{i}.send"
        planned.append(_Planned(before, "send", message, 1))
        used: dict[str, int] = {}
        for act in design.scope.commands:
            used[act] = used.get(act, 0) + 1
            name = f"m{i}.{act}" + (str(used[act]) if used[act] > 1 else "")
            replaced = None
            version += 1
            if act == "resend" and design.policies.resend == "fresh-message":
                replaced, version = message, 1
                message = f"m{i}-again" + (str(used[act]) if used[act] > 1 else "")
            by_admin = act == "admin-recall"
            does = "recall" if by_admin else act
            planned.append(
                _Planned(name, does, message, version, before, replaced, by_admin=by_admin)
            )
            before = name
        if design.faults.forgery:
            # It claims to be newer than all that users do; whoever obeys it hides the message.
            name = f"m{i}.forged"
            planned.append(_Planned(name, "recall", message, version + 1, before, forged=True))
    return planned


def build_structure(design: Design) -> Structure:
    """The finite world of ``design``: who exists, and every rigid table in full."""
    planned = plan(design)
    elements: dict[Sort, tuple[str, ...]] = {
        Node.sort: tuple(design.nodes),
        Device.sort: tuple(design.devices),
        Message.sort: tuple(dict.fromkeys(p.message for p in planned)),
        Command.sort: tuple(p.name for p in planned),
        Version.sort: ("none", *(f"v{i}" for i in range(1, max(p.version for p in planned) + 1))),
        Nth.sort: tuple(str(i + 1) for i in range(max(1, *_bounds(design).values()))),
    }
    tables = _Tables(elements)
    _add_commands(tables, planned)
    _add_topology(tables, design)
    for table, bound in _bounds(design).items():
        tables.fill(table.symbol, lambda n, limit=bound: int(int(n) <= limit))
    return Structure(elements, tables.rigid)


def _bounds(design: Design) -> dict[Table[Bool, Nth], int]:
    """How often each bounded thing may happen. Once stands for "any number", uncounted."""
    policies, limits = design.policies, design.faults
    amounts = {
        words.may_retry: policies.retry_limit if policies.retry == "limited" else 0,
        words.may_lose: limits.loss,
        words.may_duplicate: limits.duplication,
        words.may_crash: limits.crash,
        words.may_disconnect: limits.offline,
        words.may_wipe: limits.wipe,
        words.may_cut: limits.partition,
        words.may_forge: limits.forgery,
    }
    return {t: 1 if amount == "unbounded" else int(amount) for t, amount in amounts.items()}


class _Tables:
    """Rigid tables under construction, filled by name and kept by position."""

    def __init__(self, elements: dict[Sort, tuple[str, ...]]) -> None:
        self.elements = elements
        self.rigid: dict[Symbol, dict[tuple[int, ...], int]] = {}

    def fill(self, symbol: Symbol, value: Callable[..., int]) -> None:
        """Give ``symbol`` a value at each tuple of names."""
        self.rigid[symbol] = {place: value(*names) for place, names in self._places(symbol)}

    def _places(self, symbol: Symbol) -> Iterator[tuple[tuple[int, ...], tuple[str, ...]]]:
        options = [list(enumerate(self.elements[s])) for s in symbol.arguments]
        for choice in itertools.product(*options):
            yield tuple(i for i, _ in choice), tuple(name for _, name in choice)

    def position(self, sort: Sort, name: str) -> int:
        return self.elements[sort].index(name)


def _add_commands(tables: _Tables, planned: list[_Planned]) -> None:
    by_name = {p.name: p for p in planned}
    shown = {(p.message, p.version) for p in planned if p.act != "recall"}
    tables.fill(words.act.symbol, lambda c: Act.sort.literals.index(by_name[c].act))
    tables.fill(words.target.symbol, lambda c: tables.position(Message.sort, by_name[c].message))
    tables.fill(words.version.symbol, lambda c: by_name[c].version)
    tables.fill(words.follows.symbol, lambda c, b: int(b in _earlier(by_name, c)))
    tables.fill(words.replaces.symbol, lambda c, m: int(by_name[c].replaces == m))
    tables.fill(words.forged.symbol, lambda c: int(by_name[c].forged))
    tables.fill(words.by_admin.symbol, lambda c: int(by_name[c].by_admin))
    tables.fill(words.content.symbol, lambda m, k: int(k != "none" and (m, int(k[1:])) in shown))


def _earlier(by_name: dict[str, _Planned], name: str) -> set[str]:
    """The commands that are issued before the one of that name."""
    before = by_name[name].after
    return set() if before is None else {before, *_earlier(by_name, before)}


def _add_topology(tables: _Tables, design: Design) -> None:
    routes = design.routes()
    in_order = {frozenset(link.between) for link in design.links if link.fifo}
    node = tables.elements[Node.sort].index
    joined = {frozenset(link.between) for link in design.links}
    owner = {name: device.account for name, device in design.devices.items()}
    tables.fill(words.link.symbol, lambda u, v: int(frozenset((u, v)) in joined))
    twice = {frozenset(link.between) for link in design.links if link.carriers > 1}
    tables.fill(words.two_carriers.symbol, lambda u, v: int(frozenset((u, v)) in twice))
    tables.fill(words.bridge.symbol, lambda v: int(design.nodes[v].bridge))
    tables.fill(words.fetches.symbol, lambda v: int(design.nodes[v].fetches))
    tables.fill(words.same_account.symbol, lambda d, x: int(owner[d] == owner[x]))
    tables.fill(words.origin.symbol, lambda m: node(design.origin))
    tables.fill(words.home.symbol, lambda d: node(design.devices[d].home))
    tables.fill(words.next_hop.symbol, lambda m, u, v: int(routes.has_edge(u, v)))
    tables.fill(
        words.fifo.symbol,
        lambda u, v: int(not design.faults.reorder or frozenset((u, v)) in in_order),
    )
