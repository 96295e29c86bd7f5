"""Working on tickets: taking them under a lease, and ending that lease."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Optional, Union

from .._errors import NothingToClaim
from .._types import Kind, Lease, Priority, Receipt, Span
from .._work import Work
from .given import as_dict, as_list
from .opened import Opened

_HOUR = timedelta(hours=1)


class Working(Opened):
    """Claims, renews, completes and gives back."""

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
        grants = self._core.claim(
            self.actor if holder is None else holder,
            lease=lease,
            count=count,
            wait=wait,
            priorities=as_list(priority),
            kind=kind,
            project=project or self._project,
            tags=as_dict(tags),
            request_id=request_id,
        )
        return [Work(self._core, one, lease) for one in grants]

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
            files=as_list(files),
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
