"""The two invariants of the benchmark protocol."""

from __future__ import annotations

from unsay.model.language import Bool, Machine, exists
from unsay.model.recall_bench import (
    Recall,
    confirmed,
    confirmed_is_applied,
    m,
    n,
    number,
    r,
    status_is_the_recall_s,
)
from unsay.properties.property import Property, PropertyKind


def _some_recall_applied(machine: Machine) -> Bool:
    return exists((n, m), number[n, m] != Recall.least())


def _some_recall_confirmed(machine: Machine) -> Bool:
    return exists((n, m, r), confirmed[n, m, r])


marked = Property(
    name="marked-by-newest-recall",
    sentence="A node that has applied a recall has the mark of the newest.",
    kind=PropertyKind.ALWAYS,
    formula=status_is_the_recall_s,
    witness=_some_recall_applied,
    witness_sentence="a node has applied a recall",
)

confirmed_means_applied = Property(
    name="confirmed-means-applied",
    sentence="A recall that a node has confirmed is applied there, or a newer one is.",
    kind=PropertyKind.ALWAYS,
    formula=confirmed_is_applied,
    witness=_some_recall_confirmed,
    witness_sentence="a node has confirmed a recall",
)

BENCH_PROPERTIES = (marked, confirmed_means_applied)
