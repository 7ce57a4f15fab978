"""The keys of a design file: each with its allowed values, its default and its sentence.

This is the only definition of them. The loader, the error lines, the JSON Schema, the
scaffold and the listing of policies are all made from these models.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, Field

from unsay.model.design.checks import policy_problems, scope_problems
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
RETRIES_MAX = 4

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

Dispatch = Literal["chase", "tracked", "flood", "gossip"]
Tracking = Literal["pushes-and-fetches", "pushes"]
EarlyRecall = Literal["remember", "drop", "remember-until-first-send"]
Deduplication = Literal["request-id", "none"]
RequestRecord = Literal["forever", "expires"]
RepeatAnswer = Literal["same", "error"]
Ordering = Literal["newest-version", "last-arrival"]
Resend = Literal["fresh-message", "same-slot"]
Retry = Literal["until-acked", "limited", "none"]
Superseded = Literal["retried", "cancelled"]
Ack = Literal["accepted", "stored", "applied"]
Confirm = Literal["on-send", "any-acked", "all-acked"]
Sync = Literal["full", "content-only", "new-only", "gappy", "push-only"]
Authority = Literal["sender", "unless-early", "anyone"]
Window = Literal["once", "each-receiver"]
SideCopies = Literal["none", "at-once", "later", "never"]
Placeholder = Literal["always", "if-seen", "never"]
Notifications = Literal["none", "withdrawn", "kept"]
Storage = Literal["physical", "logical", "tiered"]
Audit = Literal["row", "none"]
DurableTable = Literal[
    "content", "tombstones", "requests", "tracking", "early-recalls", "audit-rows"
]
Act = Literal["recall", "restore", "edit", "resend"]
Delivery = Literal["strong", "weak", "none"]
FairRetry = Literal["weak", "none"]
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


class LinkSpec(Section):
    """A connection between two nodes, used in both directions."""

    between: Annotated[
        tuple[NodeName, NodeName],
        Expect("an array of two names of nodes"),
    ] = Field(description="The two nodes that the link joins.")
    fifo: bool = Field(
        default=False, description="Whether the link delivers in order: a FIFO link never reorders."
    )


class DeviceSpec(Section):
    """A device of a user."""

    account: Name = Field(description="The account that uses the device.")
    home: NodeName = Field(description="The node that the device connects to.")


def _in_declared_order(tables: tuple[DurableTable, ...]) -> tuple[DurableTable, ...]:
    return tuple(sorted(tables, key=get_args(DurableTable).index))


class Policies(Section):
    """How the design under check handles recalls; every default is the sound choice."""

    dispatch: Dispatch = Field(
        default="tracked",
        description="How a recall travels: hop by hop along the route of its message (chase); in"
        " parallel to every node in the flow-tracking table (tracked); to every node (flood); hop"
        " by hop over every link, so that it comes by every path (gossip)."
        " What shows content (a message, edit, restore) goes hop by hop; a retry of it goes"
        " straight to the node that has not acknowledged.",
    )
    tracking: Tracking = Field(
        default="pushes-and-fetches",
        description="What leaves a row in the flow-tracking table: that a message was sent to a"
        " node, and that a node fetched it (pushes-and-fetches), or the former only (pushes).",
    )
    early_recall: EarlyRecall = Field(
        default="remember",
        description="What a holder does with a recall that arrives before its message: keep it for"
        " good (remember), ignore it (drop), or keep it until the first copy of the message has"
        " come (remember-until-first-send).",
    )
    deduplication: Deduplication = Field(
        default="request-id",
        description="How a node recognises a command it has already processed: by its request id,"
        " or not at all.",
    )
    request_record: RequestRecord = Field(
        default="forever",
        description="How long the ids of processed requests are remembered.",
    )
    repeat_answer: RepeatAnswer = Field(
        default="same",
        description="What a node answers to a command it has already processed: the same as the"
        " first time, or an error.",
    )
    ordering: Ordering = Field(
        default="newest-version",
        description="Which of two commands on a message wins: the one with the newest version, or"
        " the one that arrived last.",
    )
    resend: Resend = Field(
        default="fresh-message",
        description="Whether a resend after a recall is a message of its own, or takes the place"
        " (the identity) of the recalled one.",
    )
    retry: Retry = Field(
        default="until-acked",
        description="How often a recall is sent again when no ack comes; what shows content"
        " (a message, edit, restore) is always sent again until it is acked.",
    )
    retry_limit: Annotated[int, Field(ge=1, le=RETRIES_MAX)] = Field(
        default=1,
        description='How many times a recall is sent again to a node; only with retry = "limited".',
    )
    superseded: Superseded = Field(
        default="cancelled",
        description="What becomes of a command that is not acked when a newer one on its message is"
        " issued: it is sent again as ever (retried), or the newer one takes its place in the"
        " outbox (cancelled).",
    )
    ack: Ack = Field(
        default="applied",
        description="What a node must have done before it acknowledges a command: taken it in"
        " (accepted); keeps it in its own register (stored); and every online device homed there"
        " keeps it too (applied).",
    )
    confirm: Confirm = Field(
        default="all-acked",
        description="When the sender is told that the recall is done: as soon as it is sent, when"
        " any node has acked, or when all have.",
    )
    sync: Sync = Field(
        default="full",
        description="What a device gets when it reconnects: the whole state of its node (full);"
        " messages and edits but no recalls (content-only); messages that it has nothing of, and no"
        " change to those that it has (new-only); all but, perhaps, one message (gappy); nothing,"
        " it has live pushes only (push-only).",
    )
    authority: Authority = Field(
        default="sender",
        description="Whose recalls are obeyed: only those of who may recall (sender); anyone's"
        " where the message, and so its author, is not known yet (unless-early); everybody's"
        " (anyone). It matters with forgery in [faults].",
    )
    window: Window = Field(
        default="once",
        description="Who judges whether a recall is in time: the node where it is issued (once), or"
        " each node again by its own clock (each-receiver). It matters with window in [lifetimes].",
    )
    side_copies: SideCopies = Field(
        default="none",
        description="Whether nodes serve content from a cache, an index or a replica as well (none:"
        " they have none), and when a recall reaches that: with the node's own table (at-once),"
        " some time after it (later), or not at all (never).",
    )
    placeholder: Placeholder = Field(
        default="always",
        description="Where a device shows that something was recalled: always, or only if it had"
        " shown what it was (if-seen), or never.",
    )
    notifications: Notifications = Field(
        default="none",
        description="Whether a device raises a notification with the content of what it receives,"
        " and when that is recalled, withdraws it (withdrawn) or leaves it (kept).",
    )
    storage: Storage = Field(
        default="physical",
        description="What a node does with content that is recalled: erases it (physical); keeps it"
        " with a flag that hides it (logical); moves it to cold storage, from which a job purges it"
        " (tiered).",
    )
    audit: Audit = Field(
        default="row",
        description="Whether a node that applies a recall writes an audit row: who recalled what.",
    )
    durable: Annotated[
        tuple[DurableTable, ...],
        AfterValidator(_in_declared_order),
    ] = Field(
        default=get_args(DurableTable),
        description="Which tables of a node survive a crash. A node has one register for a message,"
        " so one that loses a tombstone has neither the recall nor the content any more.",
        json_schema_extra={"uniqueItems": True},
    )

    @classmethod
    def problems(cls, raw: Mapping[str, Any]) -> Iterator[Problem]:
        """Policies that contradict each other."""
        return policy_problems(raw, cls.defaults())


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
        description="Times that two nodes cannot reach each other for a while. None unless said.",
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
    retry: FairRetry = Field(
        default="weak",
        description="Whether a retry that stays possible is made in the end (weak), or may never be"
        " made (none).",
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
