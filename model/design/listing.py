"""The policies, faults and fairness as rows, for ``unsay list policies``."""

from dataclasses import dataclass

from unsay.model.design.describe import allowed, field_shape
from unsay.model.design.lifetimes import Lifetimes
from unsay.model.design.policies import Policies
from unsay.model.design.spec import FairnessSpec, Faults


@dataclass(frozen=True)
class PolicyRow:
    """One key of [policies], [faults] or [fairness].

    ``key`` starts with its table (``policies.dispatch``); ``allowed`` has one entry for each
    choice, ``0 to 4`` for a range; ``default`` is one of them, or several for a list;
    ``sentence`` says what the key decides.
    """

    key: str
    allowed: tuple[str, ...]
    default: str
    sentence: str


_SECTIONS = (
    ("policies", Policies),
    ("lifetimes", Lifetimes),
    ("faults", Faults),
    ("fairness", FairnessSpec),
)


def policy_table() -> list[PolicyRow]:
    """A row for every key of [policies], [faults] and [fairness], in the order of the models."""
    return [
        PolicyRow(
            key=f"{table}.{key}",
            allowed=allowed(field_shape(field)),
            default=_words(field.default),
            sentence=field.description or "",
        )
        for table, section in _SECTIONS
        for key, field in section.model_fields.items()
    ]


def _words(default: object) -> str:
    if isinstance(default, bool):
        return "true" if default else "false"
    return ", ".join(default) if isinstance(default, tuple) else str(default)
