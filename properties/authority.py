"""Authority: nobody who may not recall a message has a recall of it obeyed."""

from __future__ import annotations

from unsay.model.language import Bool, Machine, exists, forall
from unsay.model.recall.access import obeyed
from unsay.model.recall.links import on_its_way
from unsay.model.recall.storage import applied
from unsay.model.recall.vocabulary import forged
from unsay.properties.property import Property, PropertyKind
from unsay.properties.vocabulary import c, d, u, v


def _not_obeyed(machine: Machine) -> Bool:
    at_node, at_device = applied[v, c], obeyed[d, c]
    return forall((v, c), ~(forged[c] & at_node)) & forall((d, c), ~(forged[c] & at_device))


def _under_way(machine: Machine) -> Bool:
    return exists((c, u, v), forged[c] & on_its_way(machine.design, c, u, v))


authorised = Property(
    name="authorised",
    sentence="No node or device obeys a recall by somebody who may not recall the message, "
    "be it only by noting it.",
    kind=PropertyKind.ALWAYS,
    formula=_not_obeyed,
    witness=_under_way,
    witness_sentence="a recall by somebody who may not recall the message is on its way",
    visible=True,
)
