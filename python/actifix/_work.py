"""A ticket in a worker's hands."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from datetime import datetime, timedelta
from types import TracebackType
from typing import Optional

from . import _core
from ._errors import Error, LeaseLost
from ._report import clean
from ._types import Lease, Receipt, Span, Ticket

#: The longest reason that is kept, in characters.
_REASON = 4_000


class Work:
    """A ticket in a worker's hands, with the lease that proves it.

    As a context manager it renews the lease in the background, at a third of its time and whatever the body does. Leave
    the body after :meth:`complete` and the ticket is done; leave it without and the ticket is given back; leave it by an
    exception and the attempt counts as failed, with the exception as the reason, and the exception goes on.

    >>> import actifix
    >>> store = actifix.open(example_db)
    >>> _ = store.record("no such column: age", type="ValueError", source="app.py:31")
    >>> with store.claim("agent-1") as work:
    ...     print(work.ticket.message)
    ...     receipt = work.complete(
    ...         did="Added the missing migration for the age column",
    ...         files=["migrations/0007_age.sql"],
    ...         tested="pytest tests/test_people.py",
    ...         results="31 passed, 0 failed",
    ...     )
    no such column: age
    >>> store.get(work.ticket.id).status
    'completed'
    """

    def __init__(self, core: _core.Store, grant: _core.Grant, span: Span) -> None:
        self._core = core
        self._grant = grant
        #: Made when somebody looks.
        self._lease: Optional[Lease] = None
        self._span = span if isinstance(span, timedelta) else timedelta(seconds=span)
        self._keeping: Optional[_core.Keeping] = None
        self._ended = False
        self._pid = os.getpid()
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"<Work on {self.id} by {self.holder}, token {self.token}>"

    @property
    def id(self) -> str:
        """The ticket's id."""
        return self._grant.id

    @property
    def ticket(self) -> Ticket:
        """The ticket, whole, as it was when it was claimed."""
        return self.lease.ticket

    @property
    def lease(self) -> Lease:
        """The lease as it was granted, or last renewed by :meth:`renew`."""
        lease = self._lease
        if lease is None:
            lease = self._lease = self._grant.lease()
        return lease

    @property
    def holder(self) -> str:
        """Who holds the ticket."""
        return self._grant.holder

    @property
    def token(self) -> int:
        """What proves it."""
        return self._grant.token

    @property
    def expires_at(self) -> datetime:
        """When the lease runs out, unless it is renewed; the background's renewals are not in it."""
        return self.lease.expires_at

    @property
    def lost(self) -> bool:
        """Whether the lease is lost, or has to count as lost: stop then, the result is refused.

        Without the context manager nobody looks: the next call finds out.
        """
        return self._loss() is not None

    def _loss(self) -> Optional[BaseException]:
        return self._keeping.lost if self._keeping is not None else None

    def check(self) -> None:
        """Raises :class:`LeaseLost` when the lease is lost: for a long body, to ask now and then."""
        if os.getpid() != self._pid:
            raise Error(
                f"{self.id} is held by the process that claimed it, not by its child",
                "claim in the process that does the work",
            )
        loss = self._loss()
        if loss is not None:
            raise loss

    def renew(self, lease: Optional[Span] = None) -> Lease:
        """Moves the lease's end to ``lease`` from now: as long as it was claimed for when not said."""
        self.check()
        self._lease = self._core.renew(
            self.id, self.token, lease=self._span if lease is None else lease, holder=self.holder
        )
        return self._lease

    def complete(
        self,
        *,
        did: str,
        files: Iterable[str],
        tested: str,
        results: str,
        summary: Optional[str] = None,
        url: Optional[str] = None,
        release: Optional[str] = None,
    ) -> Receipt:
        """Ends the ticket with evidence.

        :raises Invalid: the evidence is too thin; the ticket is still yours.
        :raises LeaseLost: somebody else has it, or may have.
        """
        self.check()
        receipt = self._core.complete(
            self.id,
            self.token,
            did=did,
            files=[files] if isinstance(files, str) else list(files),
            tested=tested,
            results=results,
            summary=summary,
            url=url,
            release=release,
            holder=self.holder,
        )
        self._over()
        return receipt

    def release(
        self,
        reason: Optional[str] = None,
        *,
        failed: bool = False,
        not_before: Optional[Span] = None,
    ) -> Receipt:
        """Gives the ticket back; ``failed`` counts an attempt, and the ticket rests for a while that doubles."""
        self.check()
        receipt = self._core.release(
            self.id,
            self.token,
            reason=reason,
            failed=failed,
            not_before=not_before,
            holder=self.holder,
        )
        self._over()
        return receipt

    def note(self, text: str) -> Receipt:
        """Adds a note to the ticket."""
        return self._core.note(self.id, text)

    def _over(self) -> None:
        self._ended = True
        self._stop()

    def _stop(self) -> None:
        if self._keeping is not None:
            self._keeping.stop()

    def __enter__(self) -> Work:
        with self._lock:
            if self._keeping is None and not self._ended:
                self._keeping = self._core.keep(
                    self.id, self.token, self.expires_at, self._span, self.holder
                )
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        # A child that leaves the body which its parent entered must not give the parent's ticket away.
        if os.getpid() != self._pid:
            return
        try:
            if not self._ended:
                self._give_back(error)
        finally:
            self._stop()

    def _give_back(self, error: Optional[BaseException]) -> None:
        failed = isinstance(error, Exception) and not isinstance(error, LeaseLost)
        if error is None:
            reason = "left without a completion"
        else:
            reason = f"{type(error).__name__}: {error}"
        try:
            self._core.release(
                self.id,
                self.token,
                reason=clean(reason, _REASON),
                failed=failed,
                holder=self.holder,
            )
        except LeaseLost:
            # Somebody else has it, and there is nothing to give back.
            pass
        except Error:
            # The lease runs out by itself. What the body said matters more.
            if error is None:
                raise

