"""Who and what a recall is about: the sorts, and what a design fixes for good.

Every user act is a *command* on a message. Sending, editing, recalling, restoring and resending
are one mechanism: a command has a version, and a holder keeps, per message, the version of the
newest command that it has applied. A version either shows content or hides it.
"""

from __future__ import annotations

from typing import ClassVar

from unsay.model.design import Design
from unsay.model.language import (
    Bool,
    Choice,
    Element,
    Fairness,
    Layer,
    Ordered,
    RuleBuilder,
    exists,
    forall,
    implies,
)

RecallRule = RuleBuilder[Design]
"""What a rule function of the recall machine is handed."""


def delivery(design: Design) -> Fairness:
    """What is assumed of the rules by which something in flight arrives."""
    return Fairness(design.fairness.delivery)


class Node(Element):
    """A server: it forwards commands, keeps the newest version of each message, serves devices."""


class Device(Element):
    """A phone, desktop or browser of one account, connected to its home node."""


class Message(Element):
    """An identity that content is sent under."""


class Command(Element):
    """One user act on one message; its identity is the request id."""


class Version(Ordered):
    """The order of a message's commands. The least version means: no command yet."""


class Nth(Ordered):
    """First, second, third time: counts what a design bounds (faults, tries)."""


class Act(Choice):
    """What a command asks for."""

    send: ClassVar[Act]
    edit: ClassVar[Act]
    recall: ClassVar[Act]
    restore: ClassVar[Act]
    resend: ClassVar[Act]


class Told(Choice):
    """What the sender has been told about a recall."""

    waiting: ClassVar[Told]
    done: ClassVar[Told]
    failed: ClassVar[Told]
    refused: ClassVar[Told]


world: Layer[Design] = Layer("world", "What the design fixes: who exists, routes, versions.")

act = world.rigid("act", Command, to=Act, says="What the command asks for.")
target = world.rigid("target", Command, to=Message, says="The message that the command is about.")
version = world.rigid("version", Command, to=Version, says="The version that the command makes.")
follows = world.rigid(
    "follows", Command, Command, to=Bool, says="The first command is issued after the second only."
)
replaces = world.rigid(
    "replaces", Command, Message, to=Bool, says="The command sends anew what the message said."
)
content = world.rigid(
    "content", Message, Version, to=Bool, says="This version of the message shows content."
)
origin = world.rigid("origin", Message, to=Node, says="The home node of the message's sender.")
home = world.rigid("home", Device, to=Node, says="The node that serves the device.")
next_hop = world.rigid(
    "next_hop", Message, Node, Node, to=Bool, says="The message goes from this node to that one."
)
link = world.rigid("link", Node, Node, to=Bool, says="A link joins the two nodes.")
fetches = world.rigid(
    "fetches", Node, to=Bool, says="The node is sent no messages: it fetches them."
)
two_carriers = world.rigid(
    "two_carriers", Node, Node, to=Bool, says="The link between the two nodes has two carriers."
)
bridge = world.rigid(
    "bridge", Node, to=Bool, says="The node is a bridge to another network, which has events too."
)
same_account = world.rigid(
    "same_account", Device, Device, to=Bool, says="The two devices are of one account."
)
forged = world.rigid(
    "forged", Command, to=Bool, says="The command is by somebody who may not recall the message."
)
by_admin = world.rigid(
    "by_admin", Command, to=Bool, says="The recall is by an administrator, not by the sender."
)
fifo = world.rigid("fifo", Node, Node, to=Bool, says="What travels this way stays in order.")
may_retry = world.rigid("may_retry", Nth, to=Bool, says="A recall may be retried an n-th time.")
may_lose = world.rigid("may_lose", Nth, to=Bool, says="Something may be lost an n-th time.")
may_duplicate = world.rigid(
    "may_duplicate", Nth, to=Bool, says="A copy may be duplicated an n-th time."
)
may_crash = world.rigid("may_crash", Nth, to=Bool, says="A node may crash an n-th time.")
may_disconnect = world.rigid(
    "may_disconnect", Nth, to=Bool, says="A device may disconnect an n-th time."
)
may_wipe = world.rigid("may_wipe", Nth, to=Bool, says="A device may be wiped an n-th time.")
may_cut = world.rigid("may_cut", Nth, to=Bool, says="Two nodes may be cut off an n-th time.")
may_forge = world.rigid("may_forge", Nth, to=Bool, says="A recall may be forged an n-th time.")

b, c, e = Command.variables("b c e")
u, v, w = Node.variables("u v w")
m = Message.variable("m")
k = Version.variable("k")

world.axiom(
    "commands have versions",
    "Every command makes a version above the least.",
    forall(c, version[c] > Version.least()),
)
world.axiom(
    "nothing is hidden",
    "Where no command has been applied there is no content.",
    forall(m, ~content[m, Version.least()]),
)
world.axiom(
    "one command, one version",
    "Two commands on one message make different versions.",
    forall((b, c), implies((target[b] == target[c]) & (version[b] == version[c]), b == c)),
)
world.axiom(
    "recalls hide",
    "A command hides its message exactly when it is a recall.",
    forall(c, content[target[c], version[c]] == (act[c] != Act.recall)),
)
world.axiom(
    "content is made",
    "Every version that shows content is made by a command.",
    forall(
        (m, k),
        implies(content[m, k], exists(c, (target[c] == m) & (version[c] == k))),
    ),
)
world.axiom(
    "recalls are of what was sent",
    "Before each recall of a message there is a command that shows content.",
    forall(
        c,
        implies(
            act[c] == Act.recall,
            exists(
                b,
                (target[b] == target[c])
                & content[target[b], version[b]]
                & (version[b] < version[c]),
            ),
        ),
    ),
    # Elsewhere it is no matter whether there was anything to recall.
    told=lambda design: design.policies.early_recall == "drop",
)
world.axiom(
    "versions in turn",
    "Of two commands on one message, that of the newer version is issued after the other only.",
    forall((b, c), implies((target[b] == target[c]) & (version[b] < version[c]), follows[c, b])),
)
world.axiom(
    "turns are an order",
    "No command is issued after itself only; and what is after the later is after the earlier.",
    forall(c, ~follows[c, c])
    & forall((b, c, e), implies(follows[c, b] & follows[b, e], follows[c, e])),
)
world.axiom(
    "routes lead away",
    "No route leads to the origin or from a node to itself; each node is reached from one other.",
    forall(
        (m, u, v),
        implies(
            next_hop[m, u, v],
            (v != origin[m]) & (v != u) & forall(w, implies(next_hop[m, w, v], w == u)),
        ),
    ),
)
world.reach(
    "routes reach every node",
    "From a message's origin, routes lead to every node.",
    next_hop[m, u, v],
    here=u,
    there=v,
    root=origin[m],
    when=lambda design: not design.fetching,
)


def shows(command: Command) -> Bool:
    """The command makes content visible (anything but a recall)."""
    return content[target[command], version[command]]


def hides(command: Command) -> Bool:
    """The command is a recall: it makes its message invisible."""
    return ~shows(command)
