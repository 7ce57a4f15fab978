"""The properties that Unsay knows, by name, in the order in which reports list them."""

from unsay.properties.authority import authorised
from unsay.properties.commuting import commands_commute
from unsay.properties.consistency import (
    agreement_at_rest,
    comes_to_rest,
    converges,
    strong_convergence,
)
from unsay.properties.devices import devices_agree, notifications_withdrawn
from unsay.properties.idempotence import idempotent_effects, idempotent_state
from unsay.properties.memory import recall_kept_as_long, tracking_complete
from unsay.properties.property import Property, PropertyKind
from unsay.properties.recall import confirmed_means_done, no_over_recall, resend_survives
from unsay.properties.storage import audited, erased, quotes_withdrawn
from unsay.properties.termination import recall_terminates
from unsay.properties.versions import no_resurrection, version_override

PROPERTIES: dict[str, Property] = {
    p.name: p
    for p in (
        idempotent_state,
        idempotent_effects,
        version_override,
        commands_commute,
        strong_convergence,
        agreement_at_rest,
        comes_to_rest,
        converges,
        no_resurrection,
        resend_survives,
        recall_terminates,
        confirmed_means_done,
        no_over_recall,
        tracking_complete,
        recall_kept_as_long,
        erased,
        audited,
        devices_agree,
        notifications_withdrawn,
        quotes_withdrawn,
        authorised,
    )
}

__all__ = ["PROPERTIES", "Property", "PropertyKind"]
