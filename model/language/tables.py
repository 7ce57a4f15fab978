"""Tables: the typed face of a vocabulary's relations and functions.

``wire[c, u, v]`` is the value of table ``wire`` at command ``c``, nodes ``u`` and ``v``. Its
argument and value sorts are part of its type, so mypy refuses ``wire[u, c, v]``; the same check
is made when the expression is built, for those who do not run mypy.
"""

from __future__ import annotations

from typing import Any, Generic, TypeVar, TypeVarTuple, overload

from unsay.model.language.notation import Bool, Choice, Element, Ordered
from unsay.model.language.terms import Literal, ModelError, Read, Symbol

R = TypeVar("R", bound="Bool | Element")
As = TypeVarTuple("As")
A = TypeVar("A", bound=Element)
B = TypeVar("B", bound=Element)
C = TypeVar("C", bound=Element)
D = TypeVar("D", bound=Element)


class Table(Generic[R, *As]):
    """A relation (``R`` is ``Bool``) or a function; indexing it gives an expression."""

    __slots__ = ("_value", "symbol")

    def __init__(self, symbol: Symbol, value: type[R]) -> None:
        self.symbol = symbol
        self._value = value

    @overload
    def __getitem__(self: Table[R, A], key: A) -> R: ...
    @overload
    def __getitem__(self: Table[R, A, B], key: tuple[A, B]) -> R: ...
    @overload
    def __getitem__(self: Table[R, A, B, C], key: tuple[A, B, C]) -> R: ...
    @overload
    def __getitem__(self: Table[R, A, B, C, D], key: tuple[A, B, C, D]) -> R: ...
    def __getitem__(self, key: Any) -> Any:
        arguments = key if isinstance(key, tuple) else (key,)
        expected = self.symbol.arguments
        found = tuple(getattr(a, "sort", None) for a in arguments)
        if found != expected:
            raise ModelError(
                f"{self.symbol} takes ({', '.join(map(str, expected))}), not "
                f"({', '.join(str(f or repr(a)) for f, a in zip(found, arguments, strict=True))})"
            )
        return self._value(Read(self.symbol, tuple(a.term for a in arguments)))

    def __repr__(self) -> str:
        return f"<table {self.symbol}({', '.join(map(str, self.symbol.arguments))})>"


class Vocabulary:
    """The tables that a layer declares, in order. ``Layer`` inherits the declaring methods."""

    def __init__(self) -> None:
        self.tables: dict[str, Table[Any, *tuple[Any, ...]]] = {}

    @overload
    def rigid(self, name: str, a: type[A], /, *, to: type[R], says: str) -> Table[R, A]: ...
    @overload
    def rigid(
        self, name: str, a: type[A], b: type[B], /, *, to: type[R], says: str
    ) -> Table[R, A, B]: ...
    @overload
    def rigid(
        self, name: str, a: type[A], b: type[B], c: type[C], /, *, to: type[R], says: str
    ) -> Table[R, A, B, C]: ...
    def rigid(self, name: str, *arguments: Any, to: Any, says: str) -> Any:
        """Declare a table fixed by the design. ``says`` is a sentence over its arguments."""
        return self._declare(name, arguments, to, "rigid", says, None)

    @overload
    def state(
        self, name: str, a: type[A], /, *, to: type[R], says: str, initially: R | bool | None = None
    ) -> Table[R, A]: ...
    @overload
    def state(
        self,
        name: str,
        a: type[A],
        b: type[B],
        /,
        *,
        to: type[R],
        says: str,
        initially: R | bool | None = None,
    ) -> Table[R, A, B]: ...
    @overload
    def state(
        self,
        name: str,
        a: type[A],
        b: type[B],
        c: type[C],
        /,
        *,
        to: type[R],
        says: str,
        initially: R | bool | None = None,
    ) -> Table[R, A, B, C]: ...
    @overload
    def state(
        self,
        name: str,
        a: type[A],
        b: type[B],
        c: type[C],
        d: type[D],
        /,
        *,
        to: type[R],
        says: str,
        initially: R | bool | None = None,
    ) -> Table[R, A, B, C, D]: ...
    def state(self, name: str, *arguments: Any, to: Any, says: str, initially: Any = None) -> Any:
        """Declare a table that rules change.

        Without ``initially`` a relation starts false, a function into an ordered sort at its
        least element, and an enumeration at its first member.
        """
        return self._declare(name, arguments, to, "state", says, initially)

    @overload
    def history(
        self, name: str, a: type[A], b: type[B], /, *, to: type[R], says: str
    ) -> Table[R, A, B]: ...
    @overload
    def history(
        self, name: str, a: type[A], b: type[B], c: type[C], /, *, to: type[R], says: str
    ) -> Table[R, A, B, C]: ...
    def history(self, name: str, *arguments: Any, to: Any, says: str) -> Any:
        """Declare a table that only records the past; no guard or other update may read it."""
        return self._declare(name, arguments, to, "history", says, None)

    def _declare(
        self, name: str, arguments: tuple[Any, ...], to: Any, role: str, says: str, initially: Any
    ) -> Any:
        if name in self.tables:
            raise ModelError(f"table {name} is declared twice")
        if not says.strip():
            raise ModelError(f"table {name} needs a sentence (says=) for its readers")
        start = None if role == "rigid" else _initial_value(name, to, initially)
        sorts = tuple(a.sort for a in arguments)
        table: Table[Any, *tuple[Any, ...]] = Table(
            Symbol(name, sorts, to.sort, role, says, start), to
        )
        self.tables[name] = table
        return table


def _initial_value(name: str, to: type[Any], initially: Any) -> str | None:
    if to is Bool:
        if initially not in (None, True, False):
            raise ModelError(f"table {name} starts as true or false, not {initially!r}")
        return "true" if initially else "false"
    if issubclass(to, Choice):
        if initially is None:
            return str(to.sort.literals[0])
        if isinstance(initially, to) and isinstance(initially.term, Literal):
            return initially.term.name
    if issubclass(to, Ordered) and initially is None:
        return None
    raise ModelError(
        f"table {name} has no initial value: a {to.sort} must be ordered or an enumeration"
    )
