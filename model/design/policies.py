"""The policies of a design file: how the design under check handles recalls.

Layer by layer, as in the machine: commands, routing, storage, access.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, Field

from unsay.model.design.checks import policy_problems
from unsay.model.design.errors import Problem
from unsay.model.design.section import Section

RETRIES_MAX = 4

Dispatch = Literal["chase", "tracked", "flood", "gossip"]
Buffer = Literal["none", "stopped", "kept"]
Carrier = Literal["first", "when-down", "measured"]
Backfill = Literal["none", "content"]
Echo = Literal["recognised", "relayed"]
Patience = Literal["forever", "limited"]
Quotes = Literal["none", "withdrawn", "kept"]
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
Sync = Literal["full", "content-only", "new-only", "gappy", "any-node", "push-only"]
Authority = Literal["sender", "sender-or-admin", "unless-early", "anyone"]
Window = Literal["once", "each-receiver"]
SideCopies = Literal["none", "at-once", "later", "never"]
Placeholder = Literal["always", "if-seen", "never"]
Notifications = Literal["none", "withdrawn", "kept"]
Storage = Literal["physical", "logical", "tiered"]
Audit = Literal["row", "none"]
DurableTable = Literal[
    "content", "tombstones", "requests", "tracking", "early-recalls", "audit-rows"
]


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
    buffer: Buffer = Field(
        default="none",
        description="Whether a node keeps what shows content in a buffer for some time before it"
        " sends it on (none: it sends it at once), and what a recall does that finds it there:"
        " takes it out (stopped), or leaves it, so that it still goes (kept). A buffer keeps no"
        " order, and is lost in a crash.",
    )
    carrier: Carrier = Field(
        default="first",
        description="By which of its two carriers a node sends over a link: always by the first;"
        " by the other one when it has learnt that the one it uses has failed (when-down); by the"
        " one that it last measured to be faster, which may be either by now (measured). It"
        " matters with carriers = 2 in [[links]].",
    )
    backfill: Backfill = Field(
        default="none",
        description="Whether a node that has nothing of a message, and has not deleted it itself,"
        " takes its content from another node's history. How far back is said by backfill in"
        " [lifetimes].",
    )
    echo: Echo = Field(
        default="recognised",
        description="Whether a recall that a bridge sends back, as the other network tells of it"
        " too, is recognised by the sender's home, or takes effect once more and is dispatched"
        " again, as the same version (relayed). It matters with bridge in [nodes.NAME].",
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
    patience: Patience = Field(
        default="forever",
        description="How long the sender waits for an answer: as long as it takes (forever), or"
        " until some time at which they are told that the recall failed, though it may still be"
        " under way (limited).",
    )
    sync: Sync = Field(
        default="full",
        description="What a device gets when it reconnects: the whole state of its node (full);"
        " messages and edits but no recalls (content-only); messages that it has nothing of, and no"
        " change to those that it has (new-only); all but, perhaps, one message (gappy); what"
        " some node has, its own or another (any-node); nothing, it has live pushes only"
        " (push-only).",
    )
    authority: Authority = Field(
        default="sender",
        description="Whose recalls other nodes and devices obey: only the sender's (sender); an"
        " administrator's too (sender-or-admin); the sender's, and anyone's where the message, and"
        " so its author, is not known yet (unless-early); everybody's (anyone). It matters with"
        ' forgery in [faults] and with "admin-recall" in [scope].',
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
    quotes: Quotes = Field(
        default="none",
        description="Whether users quote messages, so that a node has the content in the quote as"
        " well, and when that is recalled, withdraws it there too (withdrawn) or leaves it (kept).",
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
