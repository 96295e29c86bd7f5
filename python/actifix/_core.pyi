from datetime import datetime, timedelta
from typing import Any, Optional

from ._types import Backup, Event, Lease, Receipt, Recorded, Span, Stats, Story, Ticket, Upgraded, Verdict

VERSION: str

def duplicate_guard(message: str, error_type: str = "", stack: str = "") -> str: ...
def upgrade(path: str, *, actor: Optional[str] = None) -> Upgraded: ...
def before_fork() -> None: ...
def after_fork_in_parent() -> None: ...
def after_fork_in_child() -> list[int]: ...

class Capture:
    def __init__(self, store: Store, origin: str) -> None: ...
    def report(
        self,
        message: str,
        *,
        error_type: Optional[str] = None,
        source: Optional[str] = None,
        stack: Optional[str] = None,
        priority: Optional[str] = None,
        fingerprint: Optional[str] = None,
        project: Optional[str] = None,
        tags: Optional[dict[str, str]] = None,
        environment: Optional[str] = None,
        release: Optional[str] = None,
        context: Optional[str] = None,
    ) -> bool: ...
    def flush(self, patience: Span) -> bool: ...
    @property
    def dropped(self) -> int: ...

class Grant:
    @property
    def id(self) -> str: ...
    @property
    def holder(self) -> str: ...
    @property
    def token(self) -> int: ...
    def lease(self) -> Lease: ...

class Keeping:
    @property
    def lost(self) -> Optional[BaseException]: ...
    def stop(self) -> None: ...

class Sql:
    def run(self, sql: str, values: list[Any]) -> tuple[list[tuple[Any, ...]], list[str], int, int]: ...
    def script(self, sql: str) -> None: ...
    def parameters(self, sql: str) -> list[Optional[str]]: ...
    def begin(self, mode: str) -> None: ...
    def commit(self) -> None: ...
    def rollback(self) -> None: ...
    def in_transaction(self) -> bool: ...
    def total_changes(self) -> int: ...
    def interrupt(self) -> None: ...
    def close(self) -> None: ...

class Store:
    def __init__(
        self,
        path: Optional[str],
        *,
        create: bool,
        deadline: Optional[Span],
        evidence: Optional[str],
        regression: Optional[str],
        late_completions: Optional[bool],
        open_tickets: Optional[int],
        actor: Optional[str],
        strict: bool = True,
    ) -> None: ...
    @property
    def path(self) -> str: ...
    @property
    def actor(self) -> str: ...
    @property
    def closed(self) -> bool: ...
    @property
    def problems(self) -> list[str]: ...
    def acting_as(self, actor: str) -> Store: ...
    def close_store(self) -> None: ...
    def sql(self, wait: Span, hold: Span) -> Sql: ...
    def is_inside_sql(self) -> bool: ...
    def record(
        self,
        message: str,
        *,
        kind: str,
        error_type: Optional[str] = None,
        source: Optional[str] = None,
        priority: Optional[str] = None,
        stack: Optional[str] = None,
        body: Optional[str] = None,
        fingerprint: Optional[str] = None,
        project: Optional[str] = None,
        tags: Optional[dict[str, str]] = None,
        environment: Optional[str] = None,
        release: Optional[str] = None,
        correlation_id: Optional[str] = None,
        occurred_at: Optional[datetime] = None,
        context: Optional[str] = None,
        payload: Optional[str] = None,
        user: Optional[str] = None,
        not_before: Optional[Span] = None,
        request_id: Optional[str] = None,
    ) -> Recorded: ...
    def claim(
        self,
        holder: str,
        *,
        lease: Optional[Span] = None,
        count: int = 1,
        wait: Optional[Span] = None,
        priorities: list[str] = ...,
        kind: Optional[str] = None,
        project: Optional[str] = None,
        tags: Optional[dict[str, str]] = None,
        request_id: Optional[str] = None,
    ) -> list[Grant]: ...
    def acquire(
        self,
        ticket: str,
        holder: str,
        *,
        lease: Optional[Span] = None,
        request_id: Optional[str] = None,
    ) -> Grant: ...
    def renew(
        self,
        ticket: str,
        token: int,
        *,
        lease: Optional[Span] = None,
        holder: Optional[str] = None,
    ) -> Lease: ...
    def release(
        self,
        ticket: str,
        token: int,
        *,
        failed: bool = False,
        reason: Optional[str] = None,
        not_before: Optional[Span] = None,
        holder: Optional[str] = None,
    ) -> Receipt: ...
    def complete(
        self,
        ticket: str,
        token: int,
        *,
        did: str,
        files: list[str],
        tested: str,
        results: str,
        summary: Optional[str] = None,
        url: Optional[str] = None,
        release: Optional[str] = None,
        holder: Optional[str] = None,
    ) -> Receipt: ...
    def keep(
        self, ticket: str, token: int, expires_at: datetime, lease: timedelta, holder: str
    ) -> Keeping: ...
    def mine(self, holder: str) -> list[Lease]: ...
    def close(
        self,
        ticket: str,
        reason: str,
        *,
        of: Optional[str] = None,
        token: Optional[int] = None,
        note: Optional[str] = None,
        request_id: Optional[str] = None,
    ) -> Receipt: ...
    def ignore(
        self,
        ticket: str,
        *,
        until: Optional[datetime] = None,
        more: Optional[int] = None,
        token: Optional[int] = None,
        request_id: Optional[str] = None,
    ) -> Receipt: ...
    def reopen(self, ticket: str, *, request_id: Optional[str] = None) -> Receipt: ...
    def merge(self, ticket: str, into: str, *, request_id: Optional[str] = None) -> Receipt: ...
    def delete(
        self,
        ticket: str,
        *,
        token: Optional[int] = None,
        force: bool = False,
        request_id: Optional[str] = None,
    ) -> Receipt: ...
    def undelete(self, ticket: str, *, request_id: Optional[str] = None) -> Receipt: ...
    def purge(self, ticket: str) -> Receipt: ...
    def assign(
        self, ticket: str, assignee: Optional[str], *, request_id: Optional[str] = None
    ) -> Receipt: ...
    def note(self, ticket: str, text: str, *, request_id: Optional[str] = None) -> Receipt: ...
    def update(
        self,
        ticket: str,
        *,
        priority: Optional[str] = None,
        message: Optional[str] = None,
        body: Optional[str] = None,
        correlation_id: Optional[str] = None,
        payload: Optional[str] = None,
        tags: Optional[dict[str, str]] = None,
        untag: list[str] = ...,
        request_id: Optional[str] = None,
    ) -> Receipt: ...
    def get(self, ticket: str) -> Ticket: ...
    def show(self, ticket: str) -> Story: ...
    def page(
        self,
        *,
        statuses: list[str] = ...,
        priorities: list[str] = ...,
        project: Optional[str] = None,
        kind: Optional[str] = None,
        assignee: Optional[str] = None,
        tags: Optional[dict[str, str]] = None,
        search: Optional[str] = None,
        older_than: Optional[Span] = None,
        ready: bool = False,
        deleted: bool = False,
        full: bool = False,
        limit: int = 0,
        cursor: Optional[str] = None,
    ) -> tuple[list[Ticket], Optional[str]]: ...
    def history(
        self, *, ticket: Optional[str] = None, after: int = 0, limit: int = 0
    ) -> tuple[list[Event], Optional[int]]: ...
    def stats(self) -> Stats: ...
    def backup(self, to: str) -> Backup: ...
    def verify(self, *, quick: bool = False) -> Verdict: ...
    def create_old(
        self,
        *,
        open_tickets: int,
        id: str,
        priority: str,
        error_type: str,
        message: str,
        source: str,
        run_label: Optional[str],
        created_at: str,
        duplicate_guard: Optional[str],
        stack_trace: Optional[str],
        file_context: Optional[str],
        system_state: Optional[str],
        ai_remediation_notes: Optional[str],
        correlation_id: Optional[str],
        format_version: Optional[str],
        audit: Optional[tuple[str, Optional[str], Optional[str], str]],
    ) -> bool: ...
    def by_guard(self, guard: str) -> Optional[str]: ...
    def acquire_old(self, ticket: str, holder: str, *, lease: Span) -> Lease: ...
    def complete_old(
        self,
        ticket: str,
        *,
        token: Optional[int],
        holder: str,
        notes: str,
        steps: str,
        results: str,
        audit: Optional[tuple[str, Optional[str], Optional[str], str]],
        summary: Optional[str] = None,
        url: Optional[str] = None,
    ) -> Receipt: ...
    def delete_old(
        self, ticket: str, *, for_good: bool, audit: Optional[tuple[str, Optional[str], Optional[str], str]]
    ) -> Receipt: ...
    def sweep(self) -> int: ...


# For the modules with the Python system's names.

def redact(text: str) -> str: ...
def old_priority(error_type: str, message: str, source: str) -> str: ...
def legacy_schema() -> str: ...
def restore_database(from_: str, to: str) -> Optional[str]: ...
