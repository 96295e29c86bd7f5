"""What the store answers: frozen dataclasses. Times are aware and in UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal, Optional, Union

#: P0: system down or data lost … P4: trivial.
Priority = Literal["P0", "P1", "P2", "P3", "P4"]
#: Equal errors become one ticket; tasks are never merged, unless a key is given.
Kind = Literal["error", "task"]
#: Where a ticket stands.
Status = Literal["open", "in-progress", "completed", "quarantined", "ignored"]
#: Why a ticket is closed without work.
CloseReason = Literal["wontfix", "duplicate", "invalid", "obsolete", "fixed"]
#: How much evidence a completion needs: lengths and real paths, lengths only, whatever comes.
EvidencePolicy = Literal["strict", "lengths", "none"]
#: What becomes of an error that comes again after its ticket was completed.
Regression = Literal["reopen", "new-ticket", "count-only"]
#: A span of time: a timedelta, or a number of seconds.
Span = Union[timedelta, float]


@dataclass(frozen=True)
class Process:
    """A process of this machine."""

    pid: int
    command: str


@dataclass(frozen=True)
class Evidence:
    """What a worker shows for a completion."""

    #: What was done: 20 characters or more.
    did: str
    #: Paths of the files that were changed.
    files: tuple[str, ...]
    #: How it was tested: 10 characters or more.
    tested: str
    #: What the tests showed: 10 characters or more.
    results: str
    summary: Optional[str] = None
    url: Optional[str] = None
    #: The version that has it: reports of older versions are only counted.
    release: Optional[str] = None


@dataclass(frozen=True)
class Completion:
    """How a ticket ended."""

    #: Empty texts when it was closed.
    evidence: Evidence
    #: The reason, when it was closed instead of completed.
    reason: Optional[str]
    #: The ticket that has it, when it is a duplicate.
    of: Optional[str]
    by: str
    at: datetime


@dataclass(frozen=True)
class Holding:
    """A live lease as others see it: without its token."""

    holder: str
    acquired_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class WakeRule:
    """When an ignored ticket comes back; with neither, never."""

    until: Optional[datetime] = None
    more: Optional[int] = None


@dataclass(frozen=True)
class Ticket:
    """The record of equal reports."""

    id: str
    kind: Kind
    project: str
    priority: Priority
    status: Status
    error_type: str
    #: The error's message, or the task's title.
    message: str
    #: ``FILE:LINE``, or what else named the place.
    source: str
    #: The first occurrence's stack.
    stack_trace: Optional[str]
    #: A task's text.
    body: Optional[str]
    created_at: datetime
    updated_at: datetime
    occurrences: int
    first_seen: datetime
    last_seen: datetime
    #: The person who looks after it.
    assignee: Optional[str]
    tags: Mapping[str, str]
    correlation_id: Optional[str]
    environment: Optional[str]
    release: Optional[str]
    #: What the caller gave as fingerprint or key.
    fingerprint: Optional[str]
    notes: Optional[str]
    #: The first occurrence's context.
    context: Any
    #: What a task's worker needs.
    payload: Any
    #: Grants that ended as failed or ran out.
    attempts: int
    last_error: Optional[str]
    not_before: Optional[datetime]
    #: Its lease, when it has a live one.
    lease: Optional[Holding]
    #: Its last lease ran out, and nobody has taken the ticket since.
    expired: bool
    completion: Optional[Completion]
    ignored: Optional[WakeRule]
    deleted_at: Optional[datetime]


@dataclass(frozen=True)
class Lease:
    """A grant: the ticket is the holder's until ``expires_at``, and ``token`` proves it."""

    ticket: Ticket
    holder: str
    token: int
    acquired_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class Recorded:
    """What a report answers."""

    id: str
    #: The report made the ticket.
    new: bool
    #: How often it has been seen, this one counted.
    occurrences: int
    status: Status
    priority: Priority


@dataclass(frozen=True)
class Receipt:
    """What a change answers."""

    ticket: str
    #: The event that was written for it.
    seq: int
    at: datetime
    #: The call had been done before: this is the same answer again.
    repeated: bool


@dataclass(frozen=True)
class Event:
    """Who did what to which ticket, and when."""

    #: Its place in the database's history; only rises.
    seq: int
    at: datetime
    ticket: str
    kind: str
    actor: str
    token: Optional[int]
    old: Any
    new: Any


@dataclass(frozen=True)
class Sample:
    """One kept occurrence: the first and the latest ten."""

    at: Optional[datetime]
    message: Optional[str]
    stack_trace: Optional[str]
    context: Any
    environment: Optional[str]
    release: Optional[str]
    tags: Mapping[str, str] = field(default_factory=dict)
    user: Optional[str] = None


@dataclass(frozen=True)
class Story:
    """A ticket with its history."""

    ticket: Ticket
    #: The oldest first; the latest thousand.
    events: tuple[Event, ...]
    samples: tuple[Sample, ...]


@dataclass(frozen=True)
class Count:
    """How many tickets of a project and priority stand where."""

    project: str
    priority: Priority
    status: Status
    tickets: int


@dataclass(frozen=True)
class Stats:
    """The state of the store at a glance."""

    open: int
    #: Of these, put off to a later time.
    scheduled: int
    in_progress: int
    completed: int
    quarantined: int
    ignored: int
    deleted: int
    counts: tuple[Count, ...]
    newest_event: int
    database_bytes: int
    wal_bytes: int
    #: Processes that have the database open, and the write lock's figures of this process.
    contention: Any


@dataclass(frozen=True)
class Backup:
    """A copy that was made."""

    file: Path
    bytes: int
    tickets: int
    newest_event: int


@dataclass(frozen=True)
class Verdict:
    """What a check of the database found."""

    ok: bool
    tickets: int
    problems: tuple[str, ...]
    notes: tuple[str, ...]
    places: Mapping[str, int]


@dataclass(frozen=True)
class Upgraded:
    """What became of a database of the Python system."""

    #: The schema it had; ``None``: it was up to date already, and nothing was changed.
    from_schema: Optional[int]
    #: The copy of the file as it was.
    backup: Optional[Path]
    tickets: int
    open: int
    leased: int
    completed: int
    deleted: int
    #: Rows that contradicted themselves; their old values are in their ``imported`` events.
    contradicted: int
    #: Triggers on the old ``tickets`` that were set aside.
    triggers: tuple[str, ...]
