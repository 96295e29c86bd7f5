"""Retention of old tickets, and the end of test tickets and duplicates. Everything but :func:`run_automatic_cleanup` only
tells what it would do, unless ``dry_run`` is off."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any, Optional

DEFAULT_RETENTION_DAYS = 90
PRIORITY_RETENTION_DAYS = {"P0": 365, "P1": 180, "P2": 90, "P3": 60, "P4": 30}
DEFAULT_TEST_RETENTION_DAYS = 7
_TEST_WORDS = ("test_", "/test", "tests/", "pytest", "test-run", "testing")


def is_test_ticket(ticket: dict[str, Any]) -> bool:
    """Whether a test run made it, by its source and run label."""
    where = f"{ticket.get('source') or ''} {ticket.get('run_label') or ''}".lower()
    return any(word in where for word in _TEST_WORDS) or where.strip().startswith("test")


def get_ticket_age_days(ticket: dict[str, Any]) -> float:
    """Days since it was made; 0 when it does not say."""
    made = ticket.get("created_at") or ticket.get("created")
    if isinstance(made, str):
        try:
            made = datetime.fromisoformat(made)
        except ValueError:
            made = None
    if not isinstance(made, datetime):
        return 0.0
    if made.tzinfo is None:
        made = made.replace(tzinfo=timezone.utc)
    return max((datetime.now(timezone.utc) - made).total_seconds() / 86_400, 0.0)


def apply_retention_policy(
    repo: Any,
    retention_days: int = DEFAULT_RETENTION_DAYS,
    test_ticket_retention_days: int = DEFAULT_TEST_RETENTION_DAYS,
    use_priority_policies: bool = True,
    dry_run: bool = True,
) -> dict[str, Any]:
    """Marks completed tickets that are over their days as deleted."""

    def days(ticket: dict[str, Any]) -> int:
        if is_test_ticket(ticket):
            return test_ticket_retention_days
        known = PRIORITY_RETENTION_DAYS.get(ticket["priority"]) if use_priority_policies else None
        return known or retention_days

    completed = repo.get_completed_tickets()
    over = [ticket for ticket in completed if get_ticket_age_days(ticket) > days(ticket)]
    deleted = [] if dry_run else [one["id"] for one in over if repo.delete_ticket(one["id"])]
    return {
        "checked": len(completed),
        "expired": len(over),
        "deleted": len(deleted),
        "ticket_ids": [ticket["id"] for ticket in over],
        "dry_run": dry_run,
    }


def cleanup_test_tickets(repo: Any, auto_complete: bool = True, dry_run: bool = True) -> dict[str, Any]:
    """Completes open tickets of test runs."""
    found = [ticket for ticket in repo.get_open_tickets() if is_test_ticket(ticket)]
    completed = [one["id"] for one in found if auto_complete and not dry_run and _complete(repo, one, "a test run")]
    return {
        "found": len(found),
        "completed": len(completed),
        "ticket_ids": [ticket["id"] for ticket in found],
        "dry_run": dry_run,
    }


def cleanup_duplicate_tickets(repo: Any, min_age_hours: float = 24.0, dry_run: bool = True) -> dict[str, Any]:
    """Completes open tickets with the same message, source and type as a newer one; not those that are locked or
    younger than ``min_age_hours``."""
    groups: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for ticket in repo.get_open_tickets():
        key = (ticket["message"], ticket["source"], ticket["error_type"])
        groups.setdefault(key, []).append(ticket)
    older = []
    for equal in groups.values():
        newest_first = sorted(equal, key=get_ticket_age_days)
        older += [one for one in newest_first[1:] if not one.get("locked_by")]
    due = [ticket for ticket in older if get_ticket_age_days(ticket) * 24 >= min_age_hours]
    completed = [one["id"] for one in due if not dry_run and _complete(repo, one, "a newer equal ticket")]
    return {
        "groups": sum(1 for equal in groups.values() if len(equal) > 1),
        "duplicates": len(due),
        "completed": len(completed),
        "ticket_ids": [ticket["id"] for ticket in due],
        "dry_run": dry_run,
    }


def run_automatic_cleanup(
    retention_days: int = DEFAULT_RETENTION_DAYS,
    test_ticket_retention_days: int = DEFAULT_TEST_RETENTION_DAYS,
    auto_complete_test_tickets: bool = True,
    dry_run: bool = False,
    repo: Optional[Any] = None,
) -> dict[str, Any]:
    """Retention and the end of test tickets, in one go."""
    if repo is None:
        from . import ticket_repo

        repo = ticket_repo.get_ticket_repository()
    return {
        "retention": apply_retention_policy(
            repo, retention_days, test_ticket_retention_days, use_priority_policies=True, dry_run=dry_run
        ),
        "test_cleanup": cleanup_test_tickets(repo, auto_complete_test_tickets, dry_run),
        "dry_run": dry_run,
        "timestamp": datetime.now(timezone.utc).isoformat(),
    }


def print_cleanup_report(results: dict[str, Any]) -> None:
    """Says what a clean-up did, or would do."""
    print("What the clean-up would do:" if results.get("dry_run") else "What the clean-up did:")
    for part in ("retention", "test_cleanup"):
        for name, value in results.get(part, {}).items():
            if isinstance(value, int) and not isinstance(value, bool):
                print(f"  {part}: {name} {value}")


def _complete(repo: Any, ticket: dict[str, Any], why: str) -> bool:
    done: bool = repo.mark_complete(
        ticket["id"],
        completion_notes=f"Implementation: closed by the clean-up because of {why}\nFiles:\n- actifix/persistence/ticket_cleanup.py",
        test_steps="None: the clean-up closed it",
        test_results=f"None: it came from {why}",
        summary=f"Closed by the clean-up: {why}",
    )
    return done
