"""Changing tickets that one does not work on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Optional, overload

from .._types import CloseReason, Priority, Receipt
from .given import as_dict, as_json, as_list
from .opened import Opened


class Editing(Opened):
    """Closes, ignores, reopens, merges, deletes, annotates."""

    @overload
    def close(self) -> None: ...

    @overload
    def close(
        self,
        ticket: str,
        reason: CloseReason,
        *,
        of: Optional[str] = None,
        token: Optional[int] = None,
        note: Optional[str] = None,
        request_id: Optional[str] = None,
    ) -> Receipt: ...

    def close(
        self,
        ticket: Optional[str] = None,
        reason: Optional[CloseReason] = None,
        *,
        of: Optional[str] = None,
        token: Optional[int] = None,
        note: Optional[str] = None,
        request_id: Optional[str] = None,
    ) -> Optional[Receipt]:
        """Ends a ticket with a reason and no work. Without a ticket: closes the store, as files are closed, and every
        later call raises :class:`Closed`.

        :param of: the ticket that it is a ``duplicate`` of.
        :param token: when the caller holds it.
        :raises Held: another holds it.
        :raises NotReady: it has ended already.
        """
        if ticket is None and reason is None:
            self._core.close_store()
            return None
        if ticket is None or reason is None:
            raise TypeError("a ticket is closed for a reason: close(ticket, reason)")
        return self._core.close(
            ticket, reason, of=of, token=token, note=note, request_id=request_id
        )

    def ignore(
        self,
        ticket: str,
        *,
        until: Optional[datetime] = None,
        more: Optional[int] = None,
        token: Optional[int] = None,
        request_id: Optional[str] = None,
    ) -> Receipt:
        """Ends a ticket until its first report after ``until``, or until ``more`` occurrences; with neither, for ever."""
        return self._core.ignore(ticket, until=until, more=more, token=token, request_id=request_id)

    def reopen(self, ticket: str, *, request_id: Optional[str] = None) -> Receipt:
        """Opens an ended or quarantined ticket again, with no attempts counted."""
        return self._core.reopen(ticket, request_id=request_id)

    def merge(self, ticket: str, into: str, *, request_id: Optional[str] = None) -> Receipt:
        """Joins a ticket into another for good."""
        return self._core.merge(ticket, into, request_id=request_id)

    def delete(
        self,
        ticket: str,
        *,
        token: Optional[int] = None,
        force: bool = False,
        request_id: Optional[str] = None,
    ) -> Receipt:
        """Marks a ticket as deleted; :meth:`undelete` takes the mark back.

        :raises Held: another holds it, unless ``force``.
        """
        return self._core.delete(ticket, token=token, force=force, request_id=request_id)

    def undelete(self, ticket: str, *, request_id: Optional[str] = None) -> Receipt:
        """Puts a deleted ticket back where it was."""
        return self._core.undelete(ticket, request_id=request_id)

    def purge(self, ticket: str) -> Receipt:
        """Removes a deleted ticket for good; its events stay."""
        return self._core.purge(ticket)

    def assign(
        self, ticket: str, assignee: Optional[str], *, request_id: Optional[str] = None
    ) -> Receipt:
        """Names the person who looks after a ticket, or nobody."""
        return self._core.assign(ticket, assignee, request_id=request_id)

    def note(self, ticket: str, text: str, *, request_id: Optional[str] = None) -> Receipt:
        """Adds a note."""
        return self._core.note(ticket, text, request_id=request_id)

    def update(
        self,
        ticket: str,
        *,
        priority: Optional[Priority] = None,
        message: Optional[str] = None,
        body: Optional[str] = None,
        correlation_id: Optional[str] = None,
        payload: Any = None,
        tags: Optional[Mapping[str, str]] = None,
        untag: Iterable[str] = (),
        request_id: Optional[str] = None,
    ) -> Receipt:
        """Changes facts of a ticket; what is not named stays."""
        return self._core.update(
            ticket,
            priority=priority,
            message=message,
            body=body,
            correlation_id=correlation_id,
            payload=as_json(payload),
            tags=as_dict(tags),
            untag=as_list(untag),
            request_id=request_id,
        )
