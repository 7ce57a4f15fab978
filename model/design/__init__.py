"""Design files: from TOML to a checked, immutable ``Design``, and what is derived from them.

Reading order: ``spec`` (every key), ``design`` (the whole), ``checks`` (what must hold
between keys), ``load`` (files), ``translate`` (errors as lines).
"""

from unsay.model.design.design import Design
from unsay.model.design.errors import DesignError
from unsay.model.design.listing import PolicyRow, policy_table
from unsay.model.design.load import design_from_data, load_design, parse_design
from unsay.model.design.scaffold import scaffold
from unsay.model.design.schema import json_schema
from unsay.model.design.scope_option import ScopeOption, parse_scope_option
from unsay.model.design.spec import (
    Ack,
    Act,
    Confirm,
    Deduplication,
    Delivery,
    DeviceSpec,
    Dispatch,
    DurableTable,
    EarlyRecall,
    FairnessSpec,
    FairRetry,
    FaultLimit,
    Faults,
    LinkSpec,
    NodeSpec,
    Ordering,
    Policies,
    Recurrence,
    RepeatAnswer,
    RequestRecord,
    Resend,
    Retry,
    Scope,
    Superseded,
    Sync,
)

__all__ = [
    "Ack",
    "Act",
    "Confirm",
    "Deduplication",
    "Delivery",
    "Design",
    "DesignError",
    "DeviceSpec",
    "Dispatch",
    "DurableTable",
    "EarlyRecall",
    "FairRetry",
    "FairnessSpec",
    "FaultLimit",
    "Faults",
    "LinkSpec",
    "NodeSpec",
    "Ordering",
    "Policies",
    "PolicyRow",
    "Recurrence",
    "RepeatAnswer",
    "RequestRecord",
    "Resend",
    "Retry",
    "Scope",
    "ScopeOption",
    "Superseded",
    "Sync",
    "design_from_data",
    "json_schema",
    "load_design",
    "parse_design",
    "parse_scope_option",
    "policy_table",
    "scaffold",
]
