"""Storage layer: what a holder keeps of each message, and how it takes a command in.

A holder is a node or a device. Both keep one register per message, the version of the newest
command applied, and both follow the design's policies on early recalls (``take_in``) and on order
(``overrides``), which are therefore written once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import ClassVar

from unsay.model.design import Design
from unsay.model.language import Bool, Choice, Kind, Layer, all_of, if_else
from unsay.model.recall.vocabulary import (
    Command,
    Message,
    Node,
    RecallRule,
    Version,
    by_admin,
    content,
    forged,
    hides,
    m,
    shows,
    target,
    version,
)


class Effects(Choice):
    """How often a command had its side effects (a notice to users, an audit row)."""

    none: ClassVar[Effects]
    once: ClassVar[Effects]
    repeated: ClassVar[Effects]


storage: Layer[Design] = Layer("storage", "What nodes keep: registers, request ids, early recalls.")

newest = storage.state(
    "newest", Node, Message, to=Version, says="The newest version that the node has applied."
)
early = storage.state(
    "early", Node, Message, to=Bool, says="The node noted a recall that came before its message."
)
processed = storage.state(
    "processed", Node, Command, to=Bool, says="The node remembers this request id as processed."
)
archived = storage.state(
    "archived", Node, Message, to=Version,
    says="The content of the message in the archive from which devices catch up.",
)  # fmt: skip
cold = storage.state(
    "cold", Node, Command, to=Bool, says="Cold storage of the node has what the command says."
)
flagged = storage.state(
    "flagged", Node, Command, to=Bool,
    says="The node has what the command says, with a flag that hides it.",
)  # fmt: skip
recorded = storage.history(
    "recorded", Node, Command, to=Bool, says="The node has an audit row of the recall."
)
window_over = storage.state(
    "window_over", Node, Message, to=Bool,
    says="By the node's clock, the message is too old to be recalled.",
)  # fmt: skip
expired = storage.state(
    "expired", Node, Message, to=Bool,
    says="A retention job has deleted the message here; only what version it was is left.",
)  # fmt: skip
quote = storage.state(
    "quote", Node, Message, to=Version, says="What a quote that was made at the node shows of it."
)
side = storage.state(
    "side", Node, Message, to=Version,
    says="What the node's cache, index or replica has of the message, and serves.",
)  # fmt: skip
received = storage.history(
    "received", Node, Command, to=Bool, says="A copy of the command has reached the node."
)
applied = storage.history(
    "applied", Node, Command, to=Bool, says="The node has applied the command, or noted it early."
)
effects = storage.history(
    "effects", Node, Command, to=Effects, says="How often the command had effects at the node."
)

v = Node.variable("v")
b = Command.variable("b")
storage.view("newest", v, m, if_else(expired[v, m], Version.least(), newest[v, m]))


@dataclass(frozen=True)
class Taken:
    """What became of a command that reached a holder: conditions on the state before."""

    accepted: Bool
    """The holder carried it out, or noted it: it was not a repeat, dropped, or swallowed."""
    applies: Bool
    """The holder's register changes to it."""


def overrides(rule: RecallRule, new: Version, register: Version) -> Bool:
    """By the ordering policy, version ``new`` takes the place of what ``register`` holds."""
    by_version = rule.design.policies.ordering == "newest-version"
    return new > register if by_version else new != Version.least()


def lacks(rule: RecallRule, v: Node, m: Message) -> Bool:
    """Node ``v`` has nothing to tell by what message ``m`` was, or whose."""
    nothing = newest[v, m] == Version.least()
    return nothing | expired[v, m] if rule.design.lifetimes.ends("message") else nothing


def guard_kept(rule: RecallRule, v: Node, m: Message) -> None:
    """No retention job has deleted message ``m`` at node ``v``."""
    if rule.design.lifetimes.ends("message"):
        rule.guard(kept=~expired[v, m])


def take_in(
    rule: RecallRule, c: Command, register: Version, note: Bool, first: Bool, unknown: Bool
) -> Taken:
    """A holder takes command ``c`` in, under the design's early-recall and ordering policies.

    Args:
        rule: The rule in which this happens.
        c: The command.
        register: The holder's register for the command's message.
        note: The holder's note of an early recall, for the same message.
        first: The holder does not recognise ``c`` as a repeat.
        unknown: The holder does not know the message.
    """
    policies = rule.design.policies
    too_early = hides(c) & unknown
    if policies.early_recall == "remember":
        accepted = first
        applies = first
    elif policies.early_recall == "drop":
        accepted = first & ~too_early
        applies = accepted
    else:
        swallowed = shows(c) & note
        accepted = first & ~swallowed
        applies = accepted & ~too_early
        rule.update(note, to=True, where=first & too_early)
        rule.update(note, to=False, where=first & swallowed)
    applies = applies & overrides(rule, version[c], register)
    rule.update(register, to=version[c], where=applies)
    return Taken(accepted, applies)


def notes_early_recalls(design: Design) -> bool:
    """Whether holders of ``design`` note a recall that comes early apart from their registers."""
    return design.policies.early_recall.startswith("remember-")


def with_authority(rule: RecallRule, c: Command, unknown: Bool) -> Bool:
    """By the authority policy, a holder obeys ``c``; whether its message is ``unknown`` to it."""
    design, authority = rule.design, rule.design.policies.authority
    without = []
    if design.faults.forgery and authority != "anyone":
        without.append(~forged[c])
    if design.admins and authority in ("sender", "unless-early"):
        without.append(~by_admin[c])
    if not without:
        return all_of()
    allowed = reduce(and_, without)
    return allowed | unknown if authority == "unless-early" else allowed


def in_time(rule: RecallRule, c: Command, v: Node) -> Bool:
    """By the window policy, node ``v`` finds that ``c``, which has come to it, is in time."""
    if rule.design.policies.window == "once":
        return all_of()
    judged = shows(c) | ~window_over[v, target[c]]
    return judged | by_admin[c] if rule.design.admins else judged


def follow_at_once(rule: RecallRule, c: Command, v: Node, applies: Bool) -> None:
    """What the cache, index or replica of node ``v`` takes over at once when ``c`` applies."""
    policy, copy = rule.design.policies.side_copies, side[v, target[c]]
    if policy == "at-once":
        rule.update(copy, to=version[c], where=applies)
    elif policy == "never":
        rule.update(copy, to=version[c], where=applies & shows(c))


def set_aside(rule: RecallRule, c: Command, v: Node, taken: Taken) -> None:
    """What node ``v`` does, when recall ``c`` has reached it, with what it had of the message."""
    recalled = newest[v, target[c]] == version[b]
    recalled &= (target[b] == target[c]) & shows(b) & hides(c)
    if rule.design.lifetimes.ends("message"):
        recalled &= ~expired[v, target[c]]
    if rule.design.policies.storage == "tiered":
        rule.update(cold[v, b], to=True, each=b, where=taken.applies & recalled)
    elif rule.design.policies.storage == "logical":
        rule.update(flagged[v, b], to=True, each=b, where=taken.applies & recalled)
    if rule.design.policies.audit == "row":
        rule.update(recorded[v, c], to=True, where=taken.accepted & hides(c))
    if rule.design.policies.quotes == "withdrawn":
        gone = taken.applies & hides(c)
        rule.update(quote[v, target[c]], to=Version.least(), where=gone)
    if rule.design.lifetimes.ends("message"):
        rule.update(expired[v, target[c]], to=False, where=taken.applies)


def keep(rule: RecallRule, c: Command, v: Node, allowed: Bool, anew: Bool | None = None) -> Taken:
    """Node ``v`` takes command ``c`` into its tables.

    Args:
        rule: The rule in which this happens.
        c: The command.
        v: The node.
        allowed: It obeys the command.
        anew: It takes it for a new one, whatever it has processed.
    """
    policies = rule.design.policies
    by_request_id = policies.deduplication == "request-id"
    first = allowed
    if by_request_id:
        first = allowed & (~processed[v, c] if anew is None else ~processed[v, c] | anew)
    register, unknown = newest[v, target[c]], lacks(rule, v, target[c])
    taken = take_in(rule, c, register, early[v, target[c]], first, unknown)
    if by_request_id:
        rule.update(processed[v, c], to=True, where=taken.accepted)
    if policies.sync == "content-only":
        archive = archived[v, target[c]]
        newer = overrides(rule, version[c], archive)
        rule.update(archive, to=version[c], where=taken.accepted & shows(c) & newer)
    set_aside(rule, c, v, taken)
    follow_at_once(rule, c, v, taken.applies)
    rule.update(received[v, c], to=True)
    rule.update(applied[v, c], to=True, where=taken.accepted)
    once_more = if_else(effects[v, c] == Effects.none, Effects.once, Effects.repeated)
    rule.update(effects[v, c], to=once_more, where=taken.accepted)
    return taken


@storage.rule(Kind.PROGRESS, at="v", when=lambda d: d.policies.storage == "tiered")
def purge(rule: RecallRule, v: Node, c: Command) -> None:
    """Node v purges from cold storage what command c said."""
    rule.guard(in_cold_storage=cold[v, c])
    rule.update(cold[v, c], to=False)


@storage.rule(Kind.PROGRESS, at="v", when=lambda d: d.policies.side_copies == "later")
def follow(rule: RecallRule, v: Node, m: Message) -> None:
    """The cache, index or replica of node v catches up on message m."""
    rule.guard(behind=side[v, m] != newest[v, m])
    guard_kept(rule, v, m)
    rule.update(side[v, m], to=newest[v, m])


@storage.rule(Kind.ACT, at="v", when=lambda d: d.policies.quotes != "none")
def cite(rule: RecallRule, m: Message, v: Node) -> None:
    """A user at node v quotes message m as it is there."""
    rule.guard(shown=content[m, newest[v, m]], new=quote[v, m] != newest[v, m])
    guard_kept(rule, v, m)
    rule.update(quote[v, m], to=newest[v, m])


def lose_memory(rule: RecallRule, v: Node) -> None:
    """Node ``v`` forgets every table that the design does not make durable."""
    durable = rule.design.policies.durable
    is_content = content[m, newest[v, m]]
    if "content" not in durable:
        rule.update(newest[v, m], to=Version.least(), each=m, where=is_content)
        if rule.design.lifetimes.ends("message"):
            rule.update(expired[v, m], to=False, each=m)
    if "tombstones" not in durable:
        rule.update(newest[v, m], to=Version.least(), each=m, where=~is_content)
    if "early-recalls" not in durable and notes_early_recalls(rule.design):
        rule.update(early[v, m], to=False, each=m)
    if "requests" not in durable and rule.design.policies.deduplication == "request-id":
        rule.update(processed[v, b], to=False, each=b)
    if "audit-rows" not in durable and rule.design.policies.audit == "row":
        rule.update(recorded[v, b], to=False, each=b)
