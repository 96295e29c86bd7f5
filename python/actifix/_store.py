"""The store: the one door to the database."""

from __future__ import annotations

import json
import os
import time
import warnings
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Any, Optional, Union, overload

from . import _core, _report
from ._errors import NothingToClaim
from ._types import (
    Backup,
    CloseReason,
    Event,
    EvidencePolicy,
    Kind,
    Lease,
    Priority,
    Receipt,
    Recorded,
    Regression,
    Span,
    Stats,
    Status,
    Story,
    Ticket,
    Upgraded,
    Verdict,
)
from ._work import Work

if TYPE_CHECKING:
    from ._sql import Connection

_HOUR = timedelta(hours=1)
#: Between two looks at a history that is followed, in seconds.
_LOOK = 0.1
Path = Union[str, "os.PathLike[str]"]


def open(
    path_or_url: Optional[Path] = None,
    *,
    as_: Optional[str] = None,
    project: Optional[str] = None,
    create: bool = True,
    deadline: Optional[Span] = None,
    evidence: Optional[EvidencePolicy] = None,
    regression: Optional[Regression] = None,
    late_completions: Optional[bool] = None,
    open_tickets: Optional[int] = None,
) -> Store:
    """Opens a database, and makes it when there is none. What is not said here is as ``actifix config`` shows; a line of
    the configuration that is wrong is left out, with a warning.

    :param path_or_url: a path or ``sqlite:PATH``. Without one, the database that the command would find:
        ``ACTIFIX_DB``, else the first ``.actifix/actifix.db`` on the way up from the current folder.
    :param as_: in whose name changes are made. Renewals and endings are then taken only when it is the lease's holder.
    :param project: the project of reports, claims and lists that name none.
    :param create: make the database when there is none.
    :param deadline: how long a call waits for the write lock before it raises :class:`Busy`.
    :param evidence: how much evidence a completion needs.
    :param regression: what becomes of an error that comes again after its ticket was completed.
    :param late_completions: whether a completion counts although the lease ran out, until somebody takes the ticket.
    :param open_tickets: the most tickets that may be open; 0 is no limit.
    :raises StorageError: a folder that is missing or may not be written.
    :raises Corrupt: the file is no database.
    :raises Unsupported: a file of another program or a newer version, or a database that this version does not know.
    """
    core = _core.Store(
        None if path_or_url is None else os.fspath(path_or_url),
        create=create,
        deadline=deadline,
        evidence=evidence,
        regression=regression,
        late_completions=late_completions,
        open_tickets=open_tickets,
        actor=as_,
    )
    for problem in core.problems:
        warnings.warn(f"configuration: {problem}; that is left out", stacklevel=2)
    return Store(core, project)


def upgrade(path: Path, *, as_: Optional[str] = None) -> Upgraded:
    """Takes over a database of the Python system, of any of its schemas: copies it beside itself first, and rewrites it in
    one transaction in which every value survives.

    :raises Unsupported: it is none of the Python system's, or newer.
    :raises Busy: another program has it open.
    """
    return _core.upgrade(os.fspath(path), actor=as_)


class Store:
    """A database of tickets, made by :func:`open`. Any number of threads may share it.

    >>> import actifix
    >>> with actifix.open(example_db) as store:
    ...     first = store.record("no such column: age", type="ValueError", source="app.py:31")
    ...     again = store.record("no such column: age", type="ValueError", source="app.py:31")
    >>> first.new, again.new, again.occurrences
    (True, False, 2)
    """

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

    def acting_as(self, name: str) -> Store:
        """The same store in the name of ``name``."""
        return Store(self._core.acting_as(name), self._project)

    def connect(
        self,
        *,
        timeout: float = 30.0,
        isolation_level: Optional[str] = "",
        check_same_thread: bool = True,
        hold: float = 30.0,
    ) -> Connection:
        """A connection for your own SQL on this database, over the copy of SQLite that the store uses.

        :param timeout: seconds that a statement waits for others.
        :param isolation_level: how a transaction begins by itself before a change, as in :mod:`sqlite3`; None: it does not.
        :param check_same_thread: whether only the thread that made the connection may use it.
        :param hold: seconds that a transaction may last before it is rolled back.
        :raises ValueError: an unknown isolation level.
        """
        from ._sql import Connection

        return Connection(
            self._core,
            timeout=timeout,
            isolation_level=isolation_level,
            check_same_thread=check_same_thread,
            hold=hold,
        )

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self._core.close_store()

    # In -------------------------------------------------------------------------------------------------------------

    def record(
        self,
        message: Union[str, BaseException],
        *,
        type: Optional[str] = None,
        source: Optional[str] = None,
        priority: Optional[Priority] = None,
        stack: Optional[str] = None,
        fingerprint: Optional[str] = None,
        tags: Optional[Mapping[str, str]] = None,
        context: Optional[Mapping[str, Any]] = None,
        project: Optional[str] = None,
        environment: Optional[str] = None,
        release: Optional[str] = None,
        correlation_id: Optional[str] = None,
        occurred_at: Optional[datetime] = None,
        user: Optional[str] = None,
        request_id: Optional[str] = None,
    ) -> Recorded:
        """Records an error: makes a ticket, or counts one more occurrence of an equal report.

        :param message: what happened; or an exception, which brings its type, place and stack along.
        :param type: the error's type.
        :param source: ``FILE:LINE``.
        :param priority: judged by its words when not said.
        :param stack: the stack as text.
        :param fingerprint: what makes errors equal, in the caller's words.
        :param context: what was around it: JSON.
        :param request_id: names the call, so that repeating it counts once.
        :raises TooManyOpen: as many tickets are open as the limit allows.
        """
        if isinstance(message, BaseException):
            told = _report.of_exception(message)
            message, type = told.message, type or told.type
            source, stack = source or told.source, stack or told.stack
        return self._core.record(
            message,
            kind="error",
            error_type=type,
            source=source,
            priority=priority,
            stack=stack,
            fingerprint=fingerprint,
            project=project or self._project,
            tags=_dict(tags),
            environment=environment,
            release=release,
            correlation_id=correlation_id,
            occurred_at=occurred_at,
            context=_json(context),
            user=user,
            request_id=request_id,
        )

    def add(
        self,
        title: str,
        *,
        body: Optional[str] = None,
        key: Optional[str] = None,
        priority: Optional[Priority] = None,
        payload: Any = None,
        tags: Optional[Mapping[str, str]] = None,
        project: Optional[str] = None,
        correlation_id: Optional[str] = None,
        not_before: Optional[Span] = None,
        request_id: Optional[str] = None,
    ) -> Recorded:
        """Adds a task.

        :param key: what makes tasks equal; without one they never are.
        :param payload: what its worker needs: JSON.
        :param not_before: nobody claims it before so long from now.
        """
        return self._core.record(
            title,
            kind="task",
            body=body,
            fingerprint=key,
            priority=priority,
            payload=_json(payload),
            tags=_dict(tags),
            project=project or self._project,
            correlation_id=correlation_id,
            not_before=not_before,
            request_id=request_id,
        )

    # Work -----------------------------------------------------------------------------------------------------------

    def claim(
        self,
        holder: Optional[str] = None,
        *,
        lease: Span = _HOUR,
        wait: Optional[Span] = None,
        priority: Union[Priority, Iterable[Priority], None] = None,
        kind: Optional[Kind] = None,
        project: Optional[str] = None,
        tags: Optional[Mapping[str, str]] = None,
        request_id: Optional[str] = None,
    ) -> Work:
        """Takes the next open ticket: the highest priority first, then the oldest.

        :param holder: who works on it; the store's own name when not said.
        :param lease: how long it is the holder's unless it is renewed.
        :param wait: how long to wait for a ticket when there is none.
        :param kind: looks at no more than 1,000 tickets, as ``tags`` does.
        :raises NothingToClaim: there was none, and none came.
        """
        got = self.claim_many(
            1,
            holder,
            lease=lease,
            wait=wait,
            priority=priority,
            kind=kind,
            project=project,
            tags=tags,
            request_id=request_id,
        )
        if not got:
            raise NothingToClaim(
                "there is no ticket to claim", "wait for one: claim(…, wait=timedelta(minutes=1))"
            )
        return got[0]

    def claim_many(
        self,
        count: int,
        holder: Optional[str] = None,
        *,
        lease: Span = _HOUR,
        wait: Optional[Span] = None,
        priority: Union[Priority, Iterable[Priority], None] = None,
        kind: Optional[Kind] = None,
        project: Optional[str] = None,
        tags: Optional[Mapping[str, str]] = None,
        request_id: Optional[str] = None,
    ) -> list[Work]:
        """Takes up to ``count`` tickets in one commit; an empty list when there are none."""
        leases = self._core.claim(
            self.actor if holder is None else holder,
            lease=lease,
            count=count,
            wait=wait,
            priorities=_several(priority),
            kind=kind,
            project=project or self._project,
            tags=_dict(tags),
            request_id=request_id,
        )
        return [Work(self._core, one, lease) for one in leases]

    def acquire(
        self,
        ticket: str,
        holder: Optional[str] = None,
        *,
        lease: Span = _HOUR,
        request_id: Optional[str] = None,
    ) -> Work:
        """Takes a named ticket.

        :raises Held: another has it.
        :raises NotReady: it is no longer open.
        :raises NotFound: there is none.
        """
        holder = self.actor if holder is None else holder
        got = self._core.acquire(ticket, holder, lease=lease, request_id=request_id)
        return Work(self._core, got, lease)

    def work(
        self,
        holder: Optional[str] = None,
        *,
        lease: Span = _HOUR,
        wait: Optional[Span] = None,
        priority: Union[Priority, Iterable[Priority], None] = None,
        kind: Optional[Kind] = None,
        project: Optional[str] = None,
        tags: Optional[Mapping[str, str]] = None,
    ) -> Iterator[Work]:
        """Ticket after ticket, until there is none, or none has come for ``wait``. What is given back comes again.

        >>> import actifix
        >>> store = actifix.open(example_db)
        >>> _ = store.add("Write the release notes")
        >>> for work in store.work("agent-1"):
        ...     with work:
        ...         receipt = work.complete(
        ...             did="Wrote down what users will notice",
        ...             files=["CHANGELOG.md"],
        ...             tested="read by a second person",
        ...             results="nothing was missing",
        ...         )
        ...         print(work.ticket.message)
        Write the release notes
        """
        while True:
            got = self.claim_many(
                1,
                holder,
                lease=lease,
                wait=wait,
                priority=priority,
                kind=kind,
                project=project,
                tags=tags,
            )
            if not got:
                return
            yield got[0]

    def renew(self, ticket: str, token: int, *, lease: Span = _HOUR) -> Lease:
        """Moves a live lease's end to ``lease`` from now.

        :raises LeaseLost: under any token but the current one, and when the lease has run out.
        """
        return self._core.renew(ticket, token, lease=lease)

    def complete(
        self,
        ticket: str,
        token: int,
        *,
        did: str,
        files: Iterable[str],
        tested: str,
        results: str,
        summary: Optional[str] = None,
        url: Optional[str] = None,
        release: Optional[str] = None,
    ) -> Receipt:
        """Ends a ticket with evidence. The same call again gives the same answer.

        :raises Invalid: the evidence is too thin.
        :raises LeaseLost: under any token but the last one.
        """
        return self._core.complete(
            ticket,
            token,
            did=did,
            files=_several(files),
            tested=tested,
            results=results,
            summary=summary,
            url=url,
            release=release,
        )

    def release(
        self,
        ticket: str,
        token: int,
        *,
        reason: Optional[str] = None,
        failed: bool = False,
        not_before: Optional[Span] = None,
    ) -> Receipt:
        """Gives a ticket back; ``failed`` counts an attempt, and the ticket rests for a while that doubles.

        :raises LeaseLost: under any token but the last one.
        """
        return self._core.release(
            ticket, token, failed=failed, reason=reason, not_before=not_before
        )

    def mine(self, holder: Optional[str] = None) -> list[Lease]:
        """The live leases of ``holder``, with their tokens."""
        return self._core.mine(self.actor if holder is None else holder)

    # Change ---------------------------------------------------------------------------------------------------------

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
            payload=_json(payload),
            tags=_dict(tags),
            untag=_several(untag),
            request_id=request_id,
        )

    # Look -----------------------------------------------------------------------------------------------------------

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
                statuses=_several(status),
                priorities=_several(priority),
                project=project or self._project,
                kind=kind,
                assignee=assignee,
                tags=_dict(tags),
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


def _json(value: Any) -> Optional[str]:
    return None if value is None else json.dumps(value)


def _dict(tags: Optional[Mapping[str, str]]) -> Optional[dict[str, str]]:
    return None if tags is None else dict(tags)


def _several(words: Union[str, Iterable[str], None]) -> list[str]:
    if words is None:
        return []
    return [words] if isinstance(words, str) else [*words]
