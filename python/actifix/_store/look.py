"""Looking at tickets, their history and the database as a whole."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Optional, Union

from .._types import (
    Backup,
    Event,
    Kind,
    Priority,
    Span,
    Stats,
    Status,
    Story,
    Ticket,
    Verdict,
)
from .given import Path, as_dict, as_list
from .opened import Opened

#: Between two looks at a history that is followed, in seconds.
_LOOK = 0.1


class Looking(Opened):
    """Finds, lists, counts, copies and checks."""

    def get(self, ticket: str) -> Ticket:
        """A ticket, whole.

        :raises NotFound: there is none.
        """
        return self._core.get(ticket)

    def show(self, ticket: str) -> Story:
        """A ticket with its events and samples."""
        return self._core.show(ticket)

    def list(
        self,
        *,
        status: Union[Status, Iterable[Status], None] = None,
        priority: Union[Priority, Iterable[Priority], None] = None,
        project: Optional[str] = None,
        kind: Optional[Kind] = None,
        assignee: Optional[str] = None,
        tags: Optional[Mapping[str, str]] = None,
        search: Optional[str] = None,
        older_than: Optional[Span] = None,
        ready: bool = False,
        deleted: bool = False,
        full: bool = False,
    ) -> Iterator[Ticket]:
        """Tickets by priority, then the newest first, fetched page by page as you go.

        :param status: open, in progress and quarantined ones when not said.
        :param search: only tickets with this text in message, type, source or id.
        :param older_than: only tickets that nothing has happened to for so long.
        :param ready: only what can be claimed now.
        :param deleted: only deleted tickets, else none of them.
        :param full: with stack trace, context, body and payload.
        """
        cursor: Optional[str] = None
        while True:
            page, cursor = self._core.page(
                statuses=as_list(status),
                priorities=as_list(priority),
                project=project or self._project,
                kind=kind,
                assignee=assignee,
                tags=as_dict(tags),
                search=search,
                older_than=older_than,
                ready=ready,
                deleted=deleted,
                full=full,
                cursor=cursor,
            )
            yield from page
            if cursor is None:
                return

    def events(
        self,
        ticket: Optional[str] = None,
        *,
        after: int = 0,
        follow: bool = False,
    ) -> Iterator[Event]:
        """The history, the oldest first.

        :param ticket: only this ticket's.
        :param after: only later ones than this sequence number.
        :param follow: go on with what happens from now, for ever.
        """
        while True:
            page, more = self._core.history(ticket=ticket, after=after)
            yield from page
            if page:
                after = page[-1].seq
            if more is None:
                if not follow:
                    return
                time.sleep(_LOOK)

    def stats(self) -> Stats:
        """The state of the store at a glance."""
        return self._core.stats()

    def backup(self, to: Path) -> Backup:
        """Copies one state of the database into the new file ``to``, while others go on writing."""
        return self._core.backup(os.fspath(to))

    def verify(self, *, quick: bool = False) -> Verdict:
        """Checks that every ticket is in exactly one place, the counts, the history, and SQLite's own integrity."""
        return self._core.verify(quick=quick)
