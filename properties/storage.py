"""What a storage strategy promises: recalled content is erased, and the recall is on record."""

from __future__ import annotations

from unsay.model.language import Bool, Machine, all_of, exists, forall, implies
from unsay.model.recall.commands import issued
from unsay.model.recall.storage import (
    applied,
    archived,
    cold,
    expired,
    flagged,
    newest,
    quote,
    recorded,
    side,
)
from unsay.model.recall.vocabulary import Version, content, hides, shows, target, version
from unsay.properties.property import Property, PropertyKind
from unsay.properties.vocabulary import c, is_written, m, recalled_since, v


def _has_content(machine: Machine) -> Bool:
    """Node ``v`` has the content of command ``c``, wherever."""
    has = all_of(shows(c), newest[v, target[c]] == version[c])
    if is_written(machine, expired.symbol):
        has &= ~expired[v, target[c]]
    for holder in (side, archived, quote):
        if is_written(machine, holder.symbol):
            has |= shows(c) & (holder[v, target[c]] == version[c])
    for table in (cold, flagged):
        if is_written(machine, table.symbol):
            has |= table[v, c]
    return has


def _nothing_left(machine: Machine) -> Bool:
    return implies(machine.at_rest(), forall((v, c), ~(_has_content(machine) & recalled_since(c))))


def _recalled_at_rest(machine: Machine) -> Bool:
    return machine.at_rest() & exists(c, issued[c] & recalled_since(c))


def _on_record(machine: Machine) -> Bool:
    carried_out = hides(c) & (newest[v, target[c]] == version[c])
    return forall((v, c), implies(carried_out, recorded[v, c]))


def _carried_out(machine: Machine) -> Bool:
    return exists((v, c), hides(c) & (newest[v, target[c]] == version[c]))


def _withdrawn(machine: Machine) -> Bool:
    older = content[target[c], quote[v, target[c]]] & (quote[v, target[c]] < version[c])
    register = newest[v, target[c]]
    restored = content[target[c], register] & (register > version[c])
    return forall((v, c), ~all_of(hides(c), applied[v, c], older, ~restored))


def _recalled_where_quoted(machine: Machine) -> Bool:
    hides_it = ~content[m, newest[v, m]] & (newest[v, m] != Version.least())
    return exists((v, m), hides_it & (machine.design.policies.quotes != "none"))


erased = Property(
    name="erased",
    sentence="When nothing is under way any more, no node has what was recalled, "
    "neither in use nor hidden, nor in cold storage, an archive, a cache or a quote.",
    kind=PropertyKind.ALWAYS,
    formula=_nothing_left,
    witness=_recalled_at_rest,
    witness_sentence="something has been recalled and nothing is under way any more",
)

audited = Property(
    name="audited",
    sentence="A node that carries out a recall has a record of it for as long as it does so.",
    kind=PropertyKind.ALWAYS,
    formula=_on_record,
    witness=_carried_out,
    witness_sentence="a node carries out a recall",
)

quotes_withdrawn = Property(
    name="quotes-withdrawn",
    sentence="Where a node has carried out a recall, no quote shows what was recalled.",
    kind=PropertyKind.ALWAYS,
    formula=_withdrawn,
    witness=_recalled_where_quoted,
    witness_sentence="a node whose users may quote has carried out a recall",
    visible=True,
)
