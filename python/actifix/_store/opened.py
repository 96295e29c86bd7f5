"""The database that was opened: all that the store's parts have in common."""

from __future__ import annotations

from typing import Optional

from .. import _core


class Opened:
    """An opened database, in somebody's name."""

    def __init__(self, core: _core.Store, project: Optional[str] = None) -> None:
        self._core = core
        self._project = project

    def __repr__(self) -> str:
        return f"<Store {self.path}{' (closed)' if self._core.closed else ''}>"

    @property
    def path(self) -> str:
        """The database's path."""
        return str(self._core.path)

    @property
    def actor(self) -> str:
        """In whose name changes are made: ``user@host`` when nobody was named."""
        return self._core.actor

    @property
    def project(self) -> Optional[str]:
        """The project of calls that name none."""
        return self._project
