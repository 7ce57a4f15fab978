"""The base of every table of a design file: frozen, strict, closed, and checked as a whole."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, NoReturn, Self, TypeVar

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic_core import PydanticCustomError

from unsay.model.design.errors import Problem

CONTRADICTION = "contradiction"
"""Pydantic's name for an error found by ``Section.problems`` rather than in a single key."""

Key = TypeVar("Key")
Value = TypeVar("Value")


class Section(BaseModel):
    """A table of a design file.

    Values are taken as they are (no text for numbers, no booleans for integers) and keys
    that are not declared are refused.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="forbid", strict=True)

    @classmethod
    def problems(cls, raw: Mapping[str, Any]) -> Iterator[Problem]:
        """What is wrong between keys of ``raw``, a table as it was written.

        It must cope with any values: it also runs on tables with other mistakes, so that
        all of them are reported at once, and stays silent about what it cannot judge.
        """
        yield from ()

    @classmethod
    def defaults(cls) -> dict[str, Any]:
        """The values of the keys that are not given."""
        return {key: field.default for key, field in cls.model_fields.items()}

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        found = [problem.line("") for problem in self.problems(self.model_dump(exclude_unset=True))]
        if found:
            # The text goes in as a value: braces in it are not placeholders.
            raise PydanticCustomError(CONTRADICTION, "{text}", {"text": "; ".join(found)})
        return self


class FrozenDict(dict[Key, Value]):
    """A dictionary that cannot be changed, so that what holds it can be hashed and shared."""

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("a design cannot be changed; make another one")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

    def __reduce__(self) -> tuple[type["FrozenDict[Key, Value]"], tuple[dict[Key, Value]]]:
        # The default way to unpickle a dictionary sets its items one by one.
        return (type(self), (dict(self),))
