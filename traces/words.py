"""Words for pictures: what a reviewer reads instead of rule names and table cells.

The tables here name rules and tables, and never restate what they do. Whatever they do not
mention is still drawn, under its own name: a new rule needs no change in this file.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from unsay.model.language import BOOL, Machine, Rule, Symbol
from unsay.model.recall.vocabulary import Nth

EVENTS: dict[str, str] = {
    "issue": "issues {c}",
    "deliver": "receives {c}",
    "deliver_by_second": "receives {c} by the second carrier",
    "duplicate": "receives {c}; a copy stays in flight",
    "duplicate_by_second": "receives {c} by the second carrier; a copy stays in flight",
    "acknowledge": "acknowledges {c}",
    "hear_ack": "hears {v}'s ack of {c}",
    "hear_refusal": "hears {v}'s error about {c}",
    "retry": "sends {c} again to {v}",
    "confirm": "reports on {c}",
    "give_up": "gives up on {c}",
    "update_device": "receives {c}",
    "lose": "{c} to {v} is lost",
    "lose_by_second": "{c} to {v} by the second carrier is lost",
    "lose_ack": "ack of {c} is lost",
    "lose_refusal": "error about {c} is lost",
    "crash": "crashes and restarts",
    "disconnect": "goes offline",
    "reconnect": "comes back online",
    "forget_request": "forgets request {c}",
    "forget_recall": "forgets recall {c}: its time is over",
    "forget_note": "forgets its note of an early recall of {m}",
    "horizon_ends": "sends {c} no more",
    "forget_row": "forgets that {m} may be at {w}",
    "close": "{m} is too old to be recalled",
    "purge": "purges {c}",
    "fetch": "asks {u} for {c}",
    "follow": "its side copy catches up on {m}",
    "reconnect_with_gap": "comes back online, and misses {gap}",
    "wipe": "is wiped and starts anew",
    "cut": "cannot reach {v} any more",
    "heal": "reaches {v} again",
    "forge": "is sent {c} by somebody without the right",
    "forward": "sends {c} on from its buffer",
    "backfill": "asks {u}'s history for {c}",
    "age": "{m} is too old for a backfill",
    "expire": "its retention job deletes {m}",
    "cite": "a user quotes {m}",
    "wait_no_longer": "waits no longer for {c}",
    "reconnect_by": "comes back online by {v}",
    "cut_first": "its first carrier to {v} fails",
    "cut_second": "its second carrier to {v} fails",
    "heal_first": "its first carrier to {v} works again",
    "heal_second": "its second carrier to {v} works again",
    "switch": "takes the other carrier to {v}",
    "reroute": "finds the other carrier to {v} faster",
    "window_ends": "by its clock, {m} is too old to be recalled",
}
"""By rule name: what the lane's owner does. Braces hold the rule's parameters."""

TRAVELS: dict[str, tuple[str, str]] = {
    "wire": ("{}", "{} from node to node"),
    "second_wire": ("{} by 2nd carrier", "{} from node to node by the second carrier"),
    "push": ("{}", "{} pushed to a device"),
    "ack": ("ack of {}", "ack of {}"),
    "refusal": ("error about {}", "error about {}"),
}
"""By flow table: what stands on an arrow, about a command, and in the legend, about a kind."""

ASIDES: dict[str, str] = {
    "side": "side copy shows {1} ({value})",
    "quote": "quote shows {1} ({value})",
    "notice": "notification shows {1} ({value})",
}
"""By table of holder and message: what it shows beside what it holds. Braces hold the arguments."""

ANY = "any"
"""In NOTES, whatever the new value is."""

NOTES: dict[tuple[str, str], str] = {
    ("online", "false"): "offline",
    ("online", "true"): "online",
    ("early", "true"): "notes early recall of {1}",
    ("early", "false"): "early-recall note of {1} gone",
    ("early_at_device", "true"): "notes early recall of {1}",
    ("early_at_device", "false"): "early-recall note of {1} gone",
    ("told", "done"): "sender told: {0} done",
    ("told", "failed"): "sender told: {0} failed",
    ("told", "refused"): "sender told: {0} refused",
    ("effects", "repeated"): "{1} takes effect again",
    ("cold", "true"): "moves {1} to cold storage",
    ("flagged", "true"): "keeps {1}, flagged as recalled",
    ("notice", ANY): "its notification has {value} of {1}",
    ("quote", ANY): "its quote has {value} of {1}",
    ("buffered", "true"): "keeps {1} in its buffer",
    ("buffered", "false"): "its buffer has {1} no more",
    ("side", ANY): "its side copy has {value} of {1}",
    ("recorded", "false"): "audit row of {1} is gone",
}
"""By table and new value: a change worth a note beside the lane. Braces hold the arguments."""

LABEL = "This state may not be reachable"
"""Over whatever begins with a state that is merely supposed."""


class Showing(Enum):
    """What a holder makes of a message."""

    NOTHING = "nothing"
    """It has not applied anything, or has forgotten it."""
    SHOWN = "shown"
    HIDDEN = "hidden"
    OTHER = "other"
    """The machine has no table that says what a version shows."""


def event_words(rule: Rule, names: Sequence[str]) -> str:
    """What happens at the lane, in words. ``names`` are the rule's arguments.

    A rule without an entry is told by its name and arguments, except the lane itself and counts.
    """
    given = {p.name: name for p, name in zip(rule.parameters, names, strict=True)}
    template = EVENTS.get(rule.name)
    if template is not None:
        try:
            return template.format_map(given)
        except KeyError:
            pass  # The rule has other parameters by now: its own name is never wrong.
    others = [given[p.name] for p in rule.parameters if p.name != rule.at and p.of != Nth.sort]
    return " ".join([rule.name.replace("_", " "), ", ".join(others)]).strip()


def cargo_words(table: str, command: str) -> str:
    """What an arrow carries: ``m1.send``, ``ack of m1.send``."""
    plain = f"{table.replace('_', ' ')} {{}}"
    return TRAVELS.get(table, (plain, plain))[0].format(command)


def flow_words(table: str, content: bool | None) -> str:
    """What a kind of arrow is, for the legend; ``content`` is whether it shows a message."""
    plain = f"{table.replace('_', ' ')} {{}}"
    what = {True: "content", False: "a recall", None: "a command"}[content]
    return TRAVELS.get(table, (plain, plain))[1].format(what)


def note_words(symbol: Symbol, names: Sequence[str], value: str) -> str | None:
    """A note on a table's cell that became ``value``, or ``None`` if it is not worth one."""
    template = NOTES.get((symbol.name, value)) or NOTES.get((symbol.name, ANY))
    return template.format(*names, value=value) if template is not None else None


def lane_state_words(symbol: Symbol, value: str) -> str:
    """A note on a state of a whole lane, such as being online."""
    known = NOTES.get((symbol.name, value))
    plain = symbol.name.replace("_", " ")
    return known or (plain if value == "true" else f"not {plain}")


def showing(machine: Machine, subject: int, value: int, kind: tuple[object, object]) -> Showing:
    """What holding ``value`` of ``subject`` amounts to; ``kind`` is the sorts of the two."""
    for symbol, table in machine.structure.rigid.items():
        if symbol.name == "content" and symbol.arguments == kind and symbol.value == BOOL:
            if table[subject, value]:
                return Showing.SHOWN
            return Showing.NOTHING if value == 0 else Showing.HIDDEN
    return Showing.OTHER


def holding_words(what: Showing, subject: str, value: str) -> str:
    """``shows m1 (v1)``, ``hides m1 (v2)``, ``has no m1``."""
    match what:
        case Showing.SHOWN:
            return f"shows {subject} ({value})"
        case Showing.HIDDEN:
            return f"hides {subject} ({value})"
        case Showing.NOTHING:
            return f"has no {subject}"
    return f"{subject}: {value}"
