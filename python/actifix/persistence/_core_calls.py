"""The old repository's calls as calls of the core, which hold for every process: leases under tokens, one transaction a
call."""

from __future__ import annotations

import logging
from collections import OrderedDict
from pathlib import Path
from typing import Any, Optional

from .. import _core, _errors
from .._fork import lock_of
from .._sql import Connection, Row
from .audit import _get_user_context
from .errors import DatabaseConnectionError, DatabaseError, DatabaseSchemaError

_log = logging.getLogger(__name__)

_NOT_TAKEN = (_errors.Held, _errors.NotReady, _errors.NotFound, _errors.LeaseLost)
_NO_ANSWER = (_errors.Busy, _errors.Unknown, _errors.Corrupt, _errors.StorageError, _errors.Closed)
#: The store takes no shorter lease from a claim, and no longer one at all; in seconds.
_SHORTEST, _LONGEST = 0.1, 30 * 86_400.0


#: A row of the audit log: user, old values, new values, description.
Audit = tuple[str, Optional[str], Optional[str], str]


class Tokens:
    """The tokens of the locks that were taken in this process, by ticket. Whoever lost his lock has an old one, and the
    core refuses it; so it is kept until the ticket is locked here again."""

    MOST = 100_000

    def __init__(self) -> None:
        self._held: OrderedDict[tuple[str, str], tuple[str, int]] = OrderedDict()
        self._lock = lock_of(self)

    def keep(self, path: str, ticket: str, holder: str, token: int) -> None:
        """Remembers a grant."""
        with self._lock:
            self._held[(path, ticket)] = (holder, token)
            if len(self._held) > self.MOST:
                self._held.popitem(last=False)

    def of(self, path: str, ticket: str, holder: Optional[str] = None) -> Optional[int]:
        """The token of a lock that was taken here, by ``holder`` if one is named."""
        with self._lock:
            by, token = self._held.get((path, ticket), (None, None))
        return token if holder is None or holder == by else None

    def forget(self, path: str, ticket: str) -> None:
        """The lock was given back."""
        with self._lock:
            self._held.pop((path, ticket), None)


_tokens = Tokens()


class Calls:
    """A database of the core, opened for the old repository."""

    def __init__(self, store: _core.Store) -> None:
        self._store = store
        self._path = str(store.path)

    @classmethod
    def open(cls, path: Path, timeout: float) -> Calls:
        """Opens the database; makes it, or copies one of the Python system beside itself and upgrades it."""
        try:
            try:
                return cls(_store(path, timeout))
            except _errors.Unsupported:
                upgraded = _core.upgrade(str(path), actor=_get_user_context())
                if upgraded.backup is not None:
                    _log.warning("Upgraded %s; as it was it stands in %s", path, upgraded.backup)
                return cls(_store(path, timeout))
        except (_errors.Unsupported, _errors.Invalid) as error:
            raise DatabaseSchemaError(f"Schema initialization failed: {error}") from error
        except _errors.Error as error:
            raise DatabaseConnectionError(f"Failed to connect to database: {error}") from error

    def connect(self, timeout: float, isolation_level: Optional[str]) -> Connection:
        """A connection for people's own SQL. Threads may hand it on, as the pool's always could be."""
        connection = Connection(self._store, timeout=timeout, isolation_level=isolation_level, check_same_thread=False)
        connection.row_factory = Row
        return connection

    def create(self, ticket: dict[str, Any], most_open: int, audit: Audit) -> bool:
        """Makes a ticket under its own id and guard; False when either is taken. The audit row comes with the change, here
        and below."""
        try:
            made: bool = self._store.create_old(open_tickets=most_open, audit=audit, **ticket)
        except _NO_ANSWER as error:
            raise _told(error) from error
        return made

    def by_guard(self, guard: str) -> Optional[str]:
        """The id of the ticket that has this guard."""
        try:
            found: Optional[str] = self._store.by_guard(guard)
        except _NO_ANSWER as error:
            raise _told(error) from error
        return found

    def count(self, report: dict[str, Any]) -> Any:
        """Counts an equal error, by the core's own rules: one that was completed is opened again."""
        try:
            return self._store.record(kind="error", **report)
        except _NO_ANSWER as error:
            raise _told(error) from error

    def acquire(self, ticket: str, holder: str, seconds: float) -> Any:
        """The lease of a ticket that is free, else None."""
        try:
            lease = self._store.acquire_old(ticket, holder, lease=min(max(seconds, 0.0), _LONGEST))
        except _errors.Error as error:
            _only_refused(error)
            return None
        _tokens.keep(self._path, lease.ticket.id, holder, lease.token)
        return lease

    def claim(self, holder: str, seconds: float, priorities: list[str]) -> Optional[_core.Grant]:
        """The lease of the next ticket, else None."""
        span = min(max(seconds, _SHORTEST), _LONGEST)
        try:
            grants = self._store.claim(holder, lease=span, priorities=priorities)
        except _errors.Error as error:
            _only_refused(error)
            return None
        if not grants:
            return None
        _tokens.keep(self._path, grants[0].id, holder, grants[0].token)
        return grants[0]

    def renew(self, ticket: str, holder: str, seconds: float) -> Any:
        """The lease with its new end; None when ``holder`` does not hold it."""
        try:
            token = self._token(ticket, holder)
            if token is None:
                return None
            span = min(max(seconds, _SHORTEST), _LONGEST)
            return self._store.renew(ticket, token, lease=span)
        except _errors.Error as error:
            _only_refused(error)
            return None

    def release(self, ticket: str, holder: str) -> bool:
        """Gives the ticket back; False when ``holder`` does not hold it."""
        try:
            token = self._token(ticket, holder)
            if token is None:
                return False
            self._store.release(ticket, token)
        except _errors.Error as error:
            _only_refused(error)
            return False
        _tokens.forget(self._path, ticket)
        return True

    def complete(
        self,
        ticket: str,
        audit: Audit,
        *,
        notes: str,
        steps: str,
        results: str,
        summary: Optional[str],
        url: Optional[str],
    ) -> bool:
        """Ends a ticket that is free or was locked here; False when it is not."""
        token = _tokens.of(self._path, ticket)
        try:
            self._store.complete_old(
                ticket,
                token=token,
                holder=_get_user_context(),
                notes=notes,
                steps=steps,
                results=results,
                audit=audit,
                summary=summary,
                url=url,
            )
        except _errors.Error as error:
            _only_refused(error)
            return False
        _tokens.forget(self._path, ticket)
        return True

    def delete(self, ticket: str, audit: Audit, for_good: bool) -> bool:
        """Marks a ticket as deleted, or removes it for good; False when there is nothing to do."""
        try:
            return not self._store.delete_old(ticket, for_good=for_good, audit=audit).repeated
        except _errors.Error as error:
            _only_refused(error)
            return False

    def undelete(self, ticket: str) -> bool:
        """Takes the mark back; False when there is none."""
        try:
            self._store.undelete(ticket)
        except _errors.Error as error:
            _only_refused(error)
            return False
        return True

    def sweep(self) -> int:
        """Ends the leases that have run out, and says how many."""
        try:
            ended: int = self._store.sweep()
        except _NO_ANSWER as error:
            raise _told(error) from error
        return ended

    def backup(self, to: Path) -> None:
        """Writes one state of the database into the new file ``to``."""
        try:
            self._store.backup(str(to))
        except _errors.Error as error:
            raise _told(error) from error

    def _token(self, ticket: str, holder: str) -> Optional[int]:
        """The token of a lock taken here; else that of the live lease in this name."""
        token = _tokens.of(self._path, ticket, holder)
        if token is not None:
            return token
        leases = self._store.mine(holder)
        return next((lease.token for lease in leases if lease.ticket.id == ticket), None)


def _store(path: Path, timeout: float) -> _core.Store:
    return _core.Store(
        str(path),
        create=True,
        deadline=timeout,
        evidence=None,
        regression=None,
        late_completions=None,
        open_tickets=0,
        actor=_get_user_context(),
        strict=False,
    )


def _only_refused(error: _errors.Error) -> None:
    """Returns for a ticket that cannot be had; a store that could not answer, and bad input, are raised."""
    if isinstance(error, _NO_ANSWER):
        raise _told(error) from error
    if not (isinstance(error, _NOT_TAKEN) or (isinstance(error, _errors.Invalid) and error.field == "id")):
        raise error


def _told(error: _errors.Error) -> DatabaseError:
    return DatabaseError(f"Database operation failed: {error}")
