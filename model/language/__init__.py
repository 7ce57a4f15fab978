"""The language in which the machine's rules and properties are written once.

Reading order: ``terms`` (what is said, as data), ``notation`` and ``tables`` (how a person says
it), ``rules`` and ``machine`` (rules, layers, and a design's machine).
"""

from unsay.model.language.machine import Layer, Machine, compose
from unsay.model.language.notation import (
    Bool,
    Choice,
    Element,
    Ordered,
    after_step,
    all_of,
    any_of,
    exists,
    forall,
    if_else,
    implies,
    leads_to,
    taken,
)
from unsay.model.language.rules import Fairness, Guard, Kind, Rule, RuleBuilder, Update
from unsay.model.language.structure import Axiom, Flow, Structure, View
from unsay.model.language.tables import Table
from unsay.model.language.terms import BOOL, ModelError, Sort, Symbol, Term

__all__ = [
    "BOOL",
    "Axiom",
    "Bool",
    "Choice",
    "Element",
    "Fairness",
    "Flow",
    "Guard",
    "Kind",
    "Layer",
    "Machine",
    "ModelError",
    "Ordered",
    "Rule",
    "RuleBuilder",
    "Sort",
    "Structure",
    "Symbol",
    "Table",
    "Term",
    "Update",
    "View",
    "after_step",
    "all_of",
    "any_of",
    "compose",
    "exists",
    "forall",
    "if_else",
    "implies",
    "leads_to",
    "taken",
]
