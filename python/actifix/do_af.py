"""Working on tickets by the Python system's names: look, complete, process one after the other.

.. data:: Handler

   What processes a ticket: it is given a :class:`TicketInfo` and answers whether the ticket is mended.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Callable, Optional

from .agent_voice import record_agent_voice
from .completion_hooks import execute_completion_hooks
from .log_utils import log_event
from .persistence import completion_gate
from .raise_af import enforce_raise_af_only, record_error
from .state_paths import ActifixPaths, get_actifix_paths
from .webhooks import send_ticket_completed_webhook

Handler = Callable[["TicketInfo"], Any]


@dataclass
class TicketInfo:
    """A ticket as a handler gets it."""

    ticket_id: str
    priority: str
    error_type: str
    message: str
    source: str
    run_name: str
    created: str
    duplicate_guard: str
    full_block: str = ""
    status: str = "Open"
    documented: bool = False
    functioning: bool = False
    tested: bool = False
    completed: bool = False


def _info(ticket: dict[str, Any]) -> TicketInfo:
    created = ticket.get("created_at")
    return TicketInfo(
        ticket_id=ticket["id"],
        priority=ticket["priority"],
        error_type=ticket["error_type"],
        message=ticket["message"],
        source=ticket["source"],
        run_name=ticket.get("run_label") or "",
        created=created.isoformat() if isinstance(created, datetime) else str(created or ""),
        duplicate_guard=ticket.get("duplicate_guard") or "",
        status=ticket.get("status") or "Open",
        documented=bool(ticket.get("documented")),
        functioning=bool(ticket.get("functioning")),
        tested=bool(ticket.get("tested")),
        completed=bool(ticket.get("completed")),
    )


def _repository() -> Any:
    from .persistence import ticket_repo

    return ticket_repo.get_ticket_repository()


# Looking ----------------------------------------------------------------------------------------------------------------


@dataclass
class TicketCacheState:
    """What a manager has read, and when."""

    open_tickets: Optional[list[TicketInfo]] = None
    completed_tickets: Optional[list[TicketInfo]] = None
    stats: Optional[dict[str, Any]] = None
    read_at: float = 0.0


class StatefulTicketManager:
    """Reads tickets; what was read last answers when the database cannot."""

    def __init__(self, paths: Optional[ActifixPaths] = None, cache_ttl: int = 60) -> None:
        self.paths = paths
        self.cache_ttl = cache_ttl
        self._state = TicketCacheState()

    def get_open_tickets(self) -> list[TicketInfo]:
        """Tickets that are open: the most urgent first, then the newest."""
        found: list[TicketInfo] = self._read(
            "open_tickets", lambda repo: [_info(one) for one in repo.get_open_tickets()]
        )
        return found

    def get_completed_tickets(self) -> list[TicketInfo]:
        """Tickets that are completed."""
        found: list[TicketInfo] = self._read(
            "completed_tickets", lambda repo: [_info(one) for one in repo.get_completed_tickets()]
        )
        return found

    def get_stats(self) -> dict[str, Any]:
        """The repository's counts."""
        found: dict[str, Any] = self._read("stats", lambda repo: repo.get_stats())
        return found

    def invalidate_cache(self) -> None:
        """Forgets what was read."""
        self._state = TicketCacheState()

    def _read(self, what: str, read: Callable[[Any], Any]) -> Any:
        try:
            value = read(_repository())
        except Exception:
            kept = getattr(self._state, what)
            if kept is None or time.monotonic() - self._state.read_at > self.cache_ttl:
                raise
            return kept
        setattr(self._state, what, value)
        self._state.read_at = time.monotonic()
        return value


_manager: Optional[StatefulTicketManager] = None


def get_ticket_manager(paths: Optional[ActifixPaths] = None, cache_ttl: int = 60) -> StatefulTicketManager:
    """The process's manager."""
    global _manager
    if _manager is None:
        _manager = StatefulTicketManager(paths, cache_ttl)
    return _manager


def _manager_for(paths: Optional[ActifixPaths], use_cache: bool) -> StatefulTicketManager:
    return get_ticket_manager(paths) if use_cache else StatefulTicketManager(paths)


def get_open_tickets(paths: Optional[ActifixPaths] = None, use_cache: bool = True) -> list[TicketInfo]:
    """Tickets that are open: the most urgent first, then the newest. Locked ones are ``In Progress`` and not here."""
    return _manager_for(paths, use_cache).get_open_tickets()


def get_completed_tickets(paths: Optional[ActifixPaths] = None, use_cache: bool = True) -> list[TicketInfo]:
    """Tickets that are completed."""
    return _manager_for(paths, use_cache).get_completed_tickets()


def get_ticket_stats(paths: Optional[ActifixPaths] = None, use_cache: bool = True) -> dict[str, Any]:
    """Counts: total, open, in_progress, completed, by_priority, locked, deleted."""
    return _manager_for(paths, use_cache).get_stats()


# Completing -------------------------------------------------------------------------------------------------------------


def mark_ticket_complete(
    ticket_id: str,
    completion_notes: str,
    test_steps: str,
    test_results: str,
    summary: str = "",
    test_documentation_url: Optional[str] = None,
    paths: Optional[ActifixPaths] = None,
    use_lock: bool = True,
) -> bool:
    """Completes a ticket with evidence. False when it is absent, completed, held elsewhere, or the evidence does not
    pass: why stands in the event log and the diary.

    Raises ``PermissionError`` unless ``ACTIFIX_CHANGE_ORIGIN`` is ``raise_af``.
    """
    del use_lock
    paths = paths or get_actifix_paths()
    enforce_raise_af_only(paths)
    repo = _repository()
    ticket = repo.get_ticket(ticket_id)
    if ticket is None or ticket.get("status") == "Completed" or ticket.get("completed"):
        return False
    try:
        completion_gate.check(completion_notes, test_steps, test_results)
        _check_files_exist(completion_notes, paths.project_root)
        done = repo.mark_complete(
            ticket_id,
            completion_notes=completion_notes,
            test_steps=test_steps,
            test_results=test_results,
            summary=summary or None,
            test_documentation_url=test_documentation_url,
        )
    except ValueError as error:
        _refused(ticket_id, str(error))
        return False
    if done:
        _after_completion(repo.get_ticket(ticket_id) or ticket)
    return bool(done)


def _check_files_exist(notes: str, root: Path) -> None:
    """Each file of the evidence is a file inside the project."""
    base = Path(root).resolve()
    for entry in completion_gate._extract_completion_files(notes):
        path = Path(entry)
        resolved = (base / path).resolve()
        if path.is_absolute() or (base != resolved and base not in resolved.parents):
            raise ValueError(f"completion_notes required: {entry} must be a relative path inside {base}")
        if not resolved.is_file():
            raise ValueError(f"completion_notes required: {entry} is no file in {base}")


def _refused(ticket_id: str, why: str) -> None:
    log_event("TICKET_COMPLETION_REJECTED", why, ticket_id=ticket_id, source="do_af", level="ERROR")
    try:
        record_agent_voice(
            f"The completion of {ticket_id} was refused: {why}",
            agent_id="do_af",
            run_label="do-af-completion",
            level="ERROR",
            extra={"ticket_id": ticket_id, "reason": why},
        )
    except Exception:  # the answer is no either way
        return


def _after_completion(ticket: dict[str, Any]) -> None:
    """Notices and scripts; nothing of it undoes the completion."""
    log_event("TICKET_COMPLETED", f"Completed ticket {ticket['id']}", ticket_id=ticket["id"], source="do_af")
    for step in (send_ticket_completed_webhook, execute_completion_hooks):
        try:
            step(ticket)
        except Exception as error:
            log_event("COMPLETION_NOTICE_FAILED", str(error), ticket_id=ticket["id"], level="WARNING")


# Working ----------------------------------------------------------------------------------------------------------------


def fix_highest_priority_ticket(
    paths: Optional[ActifixPaths] = None,
    completion_notes: str = "",
    test_steps: str = "",
    test_results: str = "",
    summary: str = "Resolved via dashboard fix",
    test_documentation_url: Optional[str] = None,
) -> dict[str, Any]:
    """Locks the next ticket and completes it with the evidence given."""
    enforce_raise_af_only(paths)
    repo, holder = _repository(), f"do_af:{os.getpid()}"
    ticket = repo.get_and_lock_next_ticket(holder)
    if ticket is None:
        return {"processed": False, "reason": "no_open_tickets"}
    done = mark_ticket_complete(
        ticket["id"], completion_notes, test_steps, test_results, summary, test_documentation_url, paths
    )
    if not done:
        repo.release_lock(ticket["id"], holder)
        return {"processed": False, "ticket_id": ticket["id"], "reason": "mark_failed"}
    return {
        "processed": True,
        "ticket_id": ticket["id"],
        "priority": ticket["priority"],
        "thought": f"{ticket['error_type']} at {ticket['source']}: {ticket['message']}",
        "action": completion_notes,
        "testing": test_results,
    }


def process_next_ticket(
    ai_handler: Optional[Handler] = None, paths: Optional[ActifixPaths] = None, use_ai: bool = True
) -> Optional[TicketInfo]:
    """Locks the next ticket and gives it to ``ai_handler``. What it answers decides: true completes the ticket, false
    gives it back. An exception becomes a ticket of its own, and goes on. Without a handler nothing is taken: calls to
    model providers are not part of this package."""
    del use_ai
    paths = paths or get_actifix_paths()
    enforce_raise_af_only(paths)
    if ai_handler is None:
        return None
    repo, holder = _repository(), f"do_af:{os.getpid()}"
    ticket = repo.get_and_lock_next_ticket(holder)
    return None if ticket is None else _handled(repo, ticket, holder, ai_handler, paths)


def process_tickets(
    max_tickets: int = 5, ai_handler: Optional[Handler] = None, paths: Optional[ActifixPaths] = None
) -> list[TicketInfo]:
    """:func:`process_next_ticket` up to ``max_tickets`` times; ends at the first that was not completed."""
    done: list[TicketInfo] = []
    while len(done) < max_tickets:
        ticket = process_next_ticket(ai_handler, paths)
        if ticket is None:
            break
        done.append(ticket)
    return done


def _handled(
    repo: Any, ticket: dict[str, Any], holder: str, handler: Handler, paths: ActifixPaths
) -> Optional[TicketInfo]:
    info = _info(ticket)
    try:
        answer = handler(info)
    except Exception as error:
        repo.release_lock(info.ticket_id, holder)
        record_error(
            message=f"The handler failed on {info.ticket_id}: {error}",
            source="actifix/do_af.py",
            error_type=type(error).__name__,
            priority="P2",
            paths=paths,
        )
        raise
    if answer and _completed_by_handler(info, paths):
        return info
    repo.release_lock(info.ticket_id, holder)
    return None


def _completed_by_handler(info: TicketInfo, paths: ActifixPaths) -> bool:
    named = info.source.partition(":")[0]
    candidates = (named, "README.md", "pyproject.toml")
    file = next((name for name in candidates if name and (Path(paths.project_root) / name).is_file()), named)
    return mark_ticket_complete(
        info.ticket_id,
        completion_notes=f"Implementation: a handler mended {info.error_type} at {info.source}\nFiles:\n- {file}",
        test_steps="The handler's own checks",
        test_results="The handler answered that it is mended",
        summary="Completed by a handler",
        paths=paths,
    )


def main(argv: Optional[list[str]] = None) -> int:
    """``python -m actifix.do_af stats|list``."""
    import argparse

    parser = argparse.ArgumentParser(prog="python -m actifix.do_af", description="Look at tickets.")
    parser.add_argument("command", choices=["stats", "list"])
    parser.add_argument("--limit", type=int, default=10, help="so many tickets of the list")
    args = parser.parse_args(argv)
    if args.command == "stats":
        for name, value in get_ticket_stats().items():
            print(f"{name}: {value}")
    else:
        for one in get_open_tickets()[: args.limit]:
            print(f"{one.ticket_id}  {one.priority}  {one.error_type}: {one.message}  ({one.source})")
    return 0


from ._background import (  # noqa: E402, F401  (they need the names above, and are called by this module's name)
    BackgroundAgentConfig as BackgroundAgentConfig,
    run_background_agent as run_background_agent,
)

if __name__ == "__main__":
    raise SystemExit(main())
