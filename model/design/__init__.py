"""Design files: from TOML to a checked, immutable ``Design``, and what is derived from them.

Reading order: ``spec`` and ``policies`` (every key), ``design`` (the whole), ``checks`` (what must
hold between keys), ``load`` (files), ``translate`` (errors as lines).
"""

from unsay.model.design.design import Design
from unsay.model.design.errors import DesignError
from unsay.model.design.lifetimes import (
    COMPARED,
    FOREVER,
    HORIZONS,
    MEMORIES,
    Horizon,
    Lifetimes,
    Memory,
    in_words,
    minutes,
)
from unsay.model.design.listing import PolicyRow, policy_table
from unsay.model.design.load import design_from_data, load_design, load_markets, parse_design
from unsay.model.design.markets import AccountSpec, Market, MarketRule, Retention
from unsay.model.design.policies import (
    Ack,
    Audit,
    Confirm,
    Deduplication,
    Dispatch,
    DurableTable,
    EarlyRecall,
    Ordering,
    Policies,
    RepeatAnswer,
    RequestRecord,
    Resend,
    Retry,
    Storage,
    Superseded,
    Sync,
)
from unsay.model.design.scaffold import scaffold
from unsay.model.design.schema import json_schema
from unsay.model.design.scope_option import ScopeOption, parse_scope_option
from unsay.model.design.spec import (
    NO_MARKET,
    Act,
    Delivery,
    DeviceSpec,
    FairnessSpec,
    FaultLimit,
    Faults,
    LinkSpec,
    NodeSpec,
    Owed,
    Recurrence,
    Scope,
)

__all__ = [
    "COMPARED",
    "FOREVER",
    "HORIZONS",
    "MEMORIES",
    "NO_MARKET",
    "AccountSpec",
    "Ack",
    "Act",
    "Audit",
    "Confirm",
    "Deduplication",
    "Delivery",
    "Design",
    "DesignError",
    "DeviceSpec",
    "Dispatch",
    "DurableTable",
    "EarlyRecall",
    "FairnessSpec",
    "FaultLimit",
    "Faults",
    "Horizon",
    "Lifetimes",
    "LinkSpec",
    "Market",
    "MarketRule",
    "Memory",
    "NodeSpec",
    "Ordering",
    "Owed",
    "Policies",
    "PolicyRow",
    "Recurrence",
    "RepeatAnswer",
    "RequestRecord",
    "Resend",
    "Retention",
    "Retry",
    "Scope",
    "ScopeOption",
    "Storage",
    "Superseded",
    "Sync",
    "design_from_data",
    "in_words",
    "json_schema",
    "load_design",
    "load_markets",
    "minutes",
    "parse_design",
    "parse_scope_option",
    "policy_table",
    "scaffold",
]
