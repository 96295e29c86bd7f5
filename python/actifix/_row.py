"""A row of people's own SQL, by name and by index."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Union


class Row:
    """A row as :class:`sqlite3.Row` is one. It cannot be an instance of it: that class takes rows of its own module only.

    Names are found whatever their case; ``dict(row)``, ``len(row)`` and iteration work as they do there.
    """

    __slots__ = ("_columns", "_values")

    def __init__(self, columns: tuple[str, ...], values: tuple[Any, ...]) -> None:
        self._columns = columns
        self._values = values

    def keys(self) -> list[str]:
        """The columns' names."""
        return list(self._columns)

    def __getitem__(self, key: Union[int, slice, str]) -> Any:
        if isinstance(key, (int, slice)):
            return self._values[key]
        if not isinstance(key, str):
            raise IndexError("Index must be int or string")
        if key in self._columns:
            return self._values[self._columns.index(key)]
        wanted = key.lower()
        for at, name in enumerate(self._columns):
            if name.lower() == wanted:
                return self._values[at]
        raise IndexError("No item with that key")

    def __len__(self) -> int:
        return len(self._values)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._values)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Row):
            return NotImplemented
        return self._columns == other._columns and self._values == other._values

    def __hash__(self) -> int:
        return hash((self._columns, self._values))

    def __repr__(self) -> str:
        pairs = zip(self._columns, self._values)
        return f"<Row {', '.join(f'{name}={value!r}' for name, value in pairs)}>"
