"""The keys of a design file: each with its allowed values, its default and its sentence.

This, with ``policies``, is the only definition of them. The loader, the error lines, the JSON
Schema, the scaffold and the listing of policies are all made from these models.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from unsay.model.design.checks import scope_problems
from unsay.model.design.describe import DerivedDefault, Expect
from unsay.model.design.errors import Problem
from unsay.model.design.section import Section

NAME_LENGTH_MAX = 24
REGION_LENGTH_MAX = 24
LINE_LENGTH_MAX = 200
NO_MARKET = "none"
NODES_MAX = 12
DEVICES_MAX = 16
MESSAGES_MAX = 4
COMMANDS_MAX = 5
FAULTS_MAX = 4

# Written as themselves, not as escapes: regular expression dialects differ in escapes, and
# the JSON Schema carries these patterns to all of them. They are control characters and
# marks that are invisible or turn the direction of text: a title with one of them could
# rewrite the screen it is shown on.
_UNSEEN = "\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff"
_CONTROL = rf"\x00-\x1f\x7f-\x9f{_UNSEEN}"
_CONTROL_IN_PARAGRAPH = rf"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f{_UNSEEN}"
_LINE_PATTERN = rf"^[^{_CONTROL}]*[^\s{_CONTROL}][^{_CONTROL}]*$"
_NAME_PATTERN = rf"^[a-z][a-z0-9-]{{0,{NAME_LENGTH_MAX - 1}}}$"


def is_name(value: object) -> bool:
    """Whether ``value`` can name a node, a device or an account."""
    return isinstance(value, str) and re.fullmatch(_NAME_PATTERN, value) is not None


Name = Annotated[
    str,
    Field(pattern=_NAME_PATTERN),
    Expect(
        f"a name of a-z, 0-9 and hyphens that starts with a letter"
        f" and has at most {NAME_LENGTH_MAX} characters"
    ),
]
Line = Annotated[
    str,
    Field(pattern=_LINE_PATTERN, max_length=LINE_LENGTH_MAX),
    Expect(f"one line of text, 1 to {LINE_LENGTH_MAX} characters"),
]
Region = Annotated[
    str,
    Field(pattern=_LINE_PATTERN, max_length=REGION_LENGTH_MAX),
    Expect(f"one line of text, 1 to {REGION_LENGTH_MAX} characters"),
]
Paragraph = Annotated[
    str,
    Field(pattern=rf"^[^{_CONTROL_IN_PARAGRAPH}]*$"),
    Expect("text without control characters"),
]
NodeName = Annotated[str, Field(pattern=_NAME_PATTERN), Expect("the name of a node")]
MarketName = Annotated[
    str,
    Field(pattern=_NAME_PATTERN),
    Expect(f'the name of a market, or "{NO_MARKET}"'),
]
AccountName = Annotated[str, Field(pattern=_NAME_PATTERN), Expect("the account of a device")]

Act = Literal["recall", "admin-recall", "restore", "edit", "resend"]
Delivery = Literal["strong", "weak", "none"]
Owed = Literal["weak", "none"]
Recurrence = Literal["finite", "recurring"]
FaultLimit = Literal["unbounded"] | Annotated[int, Field(ge=0, le=FAULTS_MAX)]


def without_default(schema: dict[str, Any]) -> None:
    """Drop a default that stands for "taken from other keys": it is no value to publish."""
    del schema["default"]


class NodeSpec(Section):
    """A place where messages and recalls are kept and passed on."""

    region: Annotated[Region, DerivedDefault("the node's own name")] = Field(
        default="",
        description="The region that the node stands in.",
        json_schema_extra=without_default,
    )
    market: MarketName = Field(
        default=NO_MARKET, description="The market whose rules hold for what the node keeps."
    )
    fetches: bool = Field(
        default=False,
        description="Whether the node is sent no messages, but fetches them when a user asks.",
    )
    bridge: bool = Field(
        default=False,
        description="Whether the node is a bridge to another network, which sends recalls back.",
    )


class LinkSpec(Section):
    """A connection between two nodes, used in both directions."""

    between: Annotated[
        tuple[NodeName, NodeName],
        Expect("an array of two names of nodes"),
    ] = Field(description="The two nodes that the link joins.")
    fifo: bool = Field(
        default=False, description="Whether the link delivers in order: a FIFO link never reorders."
    )
    carriers: Annotated[int, Field(ge=1, le=2)] = Field(
        default=1,
        description="How many carriers the link has: each may fail by itself, and keeps order only"
        " by itself.",
    )


class DeviceSpec(Section):
    """A device of a user."""

    account: Name = Field(description="The account that uses the device.")
    home: NodeName = Field(description="The node that the device connects to.")


class Faults(Section):
    """What may go wrong: a number is how many times at most, 0 is never."""

    loss: FaultLimit = Field(
        default="unbounded", description="Copies and acks in flight that are lost."
    )
    duplication: FaultLimit = Field(
        default="unbounded", description="Copies that are delivered and yet stay in flight."
    )
    crash: FaultLimit = Field(
        default="unbounded",
        description="Crashes of nodes: the node restarts without its tables that are not durable.",
    )
    offline: FaultLimit = Field(
        default="unbounded", description="Times that a device loses its connection."
    )
    wipe: FaultLimit = Field(
        default=0,
        description="Times that a device loses all that it has, and starts anew. None unless said.",
    )
    partition: FaultLimit = Field(
        default=0,
        description="Times that two nodes cannot reach each other, or one carrier of their link"
        " fails, for a while. None unless said.",
    )
    forgery: FaultLimit = Field(
        default=0,
        description="Recalls of a message by somebody who may not recall it. None unless said.",
    )
    reorder: bool = Field(
        default=True,
        description="Whether copies between nodes may overtake each other; if not, every link is"
        " FIFO.",
    )
    reorder_pushes: bool = Field(
        default=True,
        description="Whether pushes to one device may overtake each other; if not, its connection"
        " is FIFO.",
    )


class FairnessSpec(Section):
    """What is assumed of runs that never end, for what must come in the end."""

    delivery: Delivery = Field(
        default="strong",
        description="What arrives in the end, of copies, acks, error answers and pushes: what is"
        " put in flight again and again (strong); only what stays in flight (weak); nothing need"
        " ever arrive (none).",
    )
    retry: Owed = Field(
        default="weak",
        description="Whether a retry that stays possible is made in the end (weak), or may never be"
        " made (none).",
    )
    healing: Owed = Field(
        default="weak",
        description="Whether what cannot be reached can be again in the end (weak), or may stay"
        " cut off for ever (none).",
    )
    faults: Recurrence = Field(
        default="finite",
        description="Whether faults end at some time (finite), or may go on for ever (recurring). A"
        " number in [faults] bounds them anyway. A link that loses, but not everything for ever, is"
        ' delivery = "strong" with faults = "recurring".',
    )


class Scope(Section):
    """How much happens in the runs that are checked."""

    messages: Annotated[int, Field(ge=1, le=MESSAGES_MAX)] = Field(
        default=1,
        description="How many messages users send; a resend as a fresh message adds one more.",
    )
    commands: Annotated[tuple[Act, ...], Field(max_length=COMMANDS_MAX)] = Field(
        default=("recall",),
        description="The acts on each message after it is sent, in the order of their versions.",
    )

    @classmethod
    def problems(cls, raw: Mapping[str, Any]) -> Iterator[Problem]:
        """Acts that have nothing to act on."""
        return scope_problems(raw)
