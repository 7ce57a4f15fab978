"""Access layer: devices, the pushes they get, being offline, and what they catch up on."""

from __future__ import annotations

from collections.abc import Callable

from unsay.model.design import Design
from unsay.model.language import Bool, Kind, Layer, Table, all_of, exists, forall, implies
from unsay.model.recall.storage import (
    archived,
    expired,
    newest,
    notes_early_recalls,
    overrides,
    take_in,
    with_authority,
)
from unsay.model.recall.vocabulary import (
    Command,
    Device,
    Message,
    Node,
    RecallRule,
    Version,
    content,
    delivery,
    hides,
    home,
    shows,
    target,
    version,
)

access: Layer[Design] = Layer("access", "Devices: pushes, connection, synchronisation.")

online = access.state(
    "online", Device, to=Bool, initially=True, says="The device is connected to its home node."
)
push = access.state(
    "push", Command, Device, to=Bool, says="The command is on its way to the device."
)
behind = access.state(
    "behind", Command, Command, Device, to=Bool,
    says="In the device's connection the first command comes after the second.",
)  # fmt: skip
held = access.state(
    "held", Device, Message, to=Version, says="The newest version that the device has applied."
)
early_at_device = access.state(
    "early_at_device", Device, Message, to=Bool,
    says="The device noted a recall that came before its message.",
)  # fmt: skip
notice = access.state(
    "notice", Device, Message, to=Version, says="What a notification on the device shows."
)
obeyed = access.history(
    "obeyed",
    Device,
    Command,
    to=Bool,
    says="The device has applied the command, or noted it early.",
)
seen = access.history(
    "seen", Device, Command, to=Bool, says="The device has shown what the command says."
)

b, c = Command.variables("b c")
d, x = Device.variables("d x")
m = Message.variable("m")
access.view("held", d, m, held[d, m])
access.flow(push[c, d], carries=c, source=home[d], target=d)


def push_to_devices(rule: RecallRule, c: Command, v: Node, where: Bool) -> None:
    """Node ``v`` pushes ``c`` to its connected devices, where ``where`` holds."""
    to_whom = where & (home[d] == v) & online[d]
    rule.update(push[c, d], to=True, each=d, where=to_whom)
    if not rule.design.faults.reorder_pushes:
        rule.update(behind[c, b, d], to=True, each=(b, d), where=to_whom & push[b, d] & ~push[c, d])


def applied_by_devices(c: Command, v: Node) -> Bool:
    """Every device connected to ``v`` has caught up with ``c``."""
    caught_up = held[d, target[c]] >= version[c]
    return forall(d, implies((home[d] == v) & online[d], caught_up))


@access.rule(Kind.PROGRESS, at="d", fairness=delivery)
def update_device(rule: RecallRule, c: Command, d: Device) -> None:
    """Device d receives the push of command c from its home node."""
    rule.guard(on_its_way=push[c, d])
    rule.update(push[c, d], to=False)
    if not rule.design.faults.reorder_pushes:
        rule.guard(first_in_line=~exists(b, push[b, d] & behind[c, b, d]))
        rule.update(behind[b, c, d], to=False, each=b)
    register = held[d, target[c]]
    unknown = register == Version.least()
    allowed = with_authority(rule, c, unknown)
    taken = take_in(rule, c, register, early_at_device[d, target[c]], allowed, unknown)
    rule.update(obeyed[d, c], to=True, where=taken.accepted)
    rule.update(seen[d, c], to=True, where=taken.applies & shows(c))
    if rule.design.policies.notifications != "none":
        rule.update(notice[d, target[c]], to=version[c], where=taken.applies & shows(c))
    if rule.design.policies.notifications == "withdrawn":
        rule.update(notice[d, target[c]], to=Version.least(), where=taken.applies & hides(c))


def comes_back(design: Design) -> bool:
    """Whether devices of ``design`` can be offline, and so come back."""
    return bool(design.faults.offline or design.faults.crash or design.faults.wipe)


@access.rule(
    Kind.PROGRESS, at="d", when=lambda d: comes_back(d) and d.policies.sync != "any-node"
)  # fmt: skip
def reconnect(rule: RecallRule, d: Device) -> None:
    """Device d comes back online and catches up as the sync policy says."""
    rule.guard(offline=~online[d])
    rule.update(online[d], to=True)
    sync = rule.design.policies.sync
    if sync == "content-only":
        catch_up(rule, d, home[d], archived)
    elif sync == "new-only":
        catch_up(rule, d, home[d], newest, lambda m: held[d, m] == Version.least())
    elif sync != "push-only":
        catch_up(rule, d, home[d], newest)


@access.rule(Kind.PROGRESS, at="d", when=lambda d: d.policies.sync == "gappy" and comes_back(d))
def reconnect_with_gap(rule: RecallRule, d: Device, gap: Message) -> None:
    """Device d comes back online and catches up on everything but message gap."""
    rule.guard(offline=~online[d])
    rule.update(online[d], to=True)
    catch_up(rule, d, home[d], newest, lambda m: m != gap)


@access.rule(Kind.PROGRESS, at="d", when=lambda d: d.policies.sync == "any-node" and comes_back(d))
def reconnect_by(rule: RecallRule, d: Device, v: Node) -> None:
    """Device d comes back online and catches up from node v, its own or another."""
    rule.guard(offline=~online[d])
    rule.update(online[d], to=True)
    catch_up(rule, d, v, newest)


def catch_up(
    rule: RecallRule,
    d: Device,
    v: Node,
    source: Table[Version, Node, Message],
    concerned: Callable[[Message], Bool] = lambda m: all_of(),
) -> None:
    """Device ``d`` takes over what node ``v`` has in ``source`` of messages ``concerned``."""

    def taken(m: Message) -> Bool:
        new = overrides(rule, source[v, m], held[d, m]) & concerned(m)
        kept = source is not newest or not rule.design.lifetimes.ends("message")
        return new if kept else new & ~expired[v, m]

    fetched = taken(target[b]) & (source[v, target[b]] == version[b])
    rule.update(held[d, m], to=source[v, m], each=m, where=taken(m))
    if rule.design.policies.notifications == "withdrawn":
        gone = taken(m) & ~content[m, source[v, m]]
        rule.update(notice[d, m], to=Version.least(), each=m, where=gone)
    rule.update(obeyed[d, b], to=True, each=b, where=fetched)
    rule.update(seen[d, b], to=True, each=b, where=fetched & shows(b))


def forget_all(rule: RecallRule, d: Device) -> None:
    """Device ``d`` has nothing any more, and what it did before is no matter of the new one."""
    rule.update(held[d, m], to=Version.least(), each=m)
    if notes_early_recalls(rule.design):
        rule.update(early_at_device[d, m], to=False, each=m)
    if rule.design.policies.notifications != "none":
        rule.update(notice[d, m], to=Version.least(), each=m)
    rule.update(obeyed[d, b], to=False, each=b)
    rule.update(seen[d, b], to=False, each=b)


def cut_off(rule: RecallRule, where: Bool) -> None:
    """Every device ``x`` for which ``where`` holds loses its connection and what was under way."""
    rule.update(online[x], to=False, each=x, where=where)
    rule.update(push[b, x], to=False, each=(b, x), where=where)
    if not rule.design.faults.reorder_pushes:
        rule.update(behind[b, c, x], to=False, each=(b, c, x), where=where)
