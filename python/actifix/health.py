"""Whether tickets are looked after in time, by the Python system's names."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Optional

from .config import get_config
from .state_paths import ActifixPaths, get_actifix_paths

SLA_P0, SLA_P1, SLA_P2, SLA_P3 = 1, 4, 24, 72
_SLA_P4 = 168
_MANY_OPEN, _SHOWN = 20, 3
_FULL_WARNING, _FULL_ERROR = 90.0, 95.0


@dataclass
class ActifixHealthCheck:
    """What a look at tickets, files and database showed."""

    healthy: bool
    status: str
    timestamp: datetime
    open_tickets: int = 0
    completed_tickets: int = 0
    sla_breaches: int = 0
    oldest_ticket_age_hours: float = 0.0
    files_exist: bool = True
    files_writable: bool = True
    details: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    database_ok: bool = True


def check_sla_breaches(paths: Optional[ActifixPaths] = None) -> list[dict[str, Any]]:
    """Open tickets that are over their priority's hours, the worst first."""
    del paths
    return _breaches(_open_tickets())


def get_health(paths: Optional[ActifixPaths] = None) -> ActifixHealthCheck:
    """The state of tickets, files and database: ``OK``, ``WARNING``, ``SLA_BREACH`` or ``ERROR``."""
    paths = paths or get_actifix_paths()
    check = ActifixHealthCheck(healthy=True, status="OK", timestamp=datetime.now(timezone.utc))
    _look_at_files(check, paths)
    breaches = _look_at_tickets(check)
    if len(breaches) > _SHOWN:
        check.details["more_sla_breaches"] = len(breaches) - _SHOWN
    for one in breaches[:_SHOWN]:
        check.warnings.append(
            f"{one['ticket_id']} ({one['priority']}) is {one['breach_hours']} h over its {one['sla_hours']} h"
        )
    if check.errors:
        check.status, check.healthy = "ERROR", False
    elif breaches:
        check.status, check.healthy = "SLA_BREACH", False
    elif check.warnings:
        check.status = "WARNING"
    return check


def run_health_check(paths: Optional[ActifixPaths] = None, print_report: bool = True) -> ActifixHealthCheck:
    """:func:`get_health`, and its report on standard output."""
    check = get_health(paths)
    if print_report:
        print(format_health_report(check))
    return check


def format_health_report(health: ActifixHealthCheck) -> str:
    """The check as a few lines."""
    lines = [
        f"Actifix health: {health.status}",
        f"Open tickets: {health.open_tickets}, the oldest {health.oldest_ticket_age_hours:.1f} h old",
        f"Completed tickets: {health.completed_tickets}",
        f"Over their time: {health.sla_breaches}",
        f"Database: {'fine' if health.database_ok else 'not usable'}",
    ]
    lines += [f"Warning: {text}" for text in health.warnings]
    lines += [f"Error: {text}" for text in health.errors]
    return "\n".join(lines)


def get_disk_usage(directory: Path | str) -> dict[str, Any]:
    """The disk of a folder: total, used, free in bytes, and percent_used."""
    usage = shutil.disk_usage(directory)
    return {
        "total": usage.total,
        "used": usage.used,
        "free": usage.free,
        "percent_used": round(100 * usage.used / usage.total, 1) if usage.total else 0.0,
    }


def _look_at_tickets(check: ActifixHealthCheck) -> list[dict[str, Any]]:
    try:
        repo = _repository()
        stats = repo.get_stats()
        tickets = _open_tickets()
    except Exception as error:
        check.database_ok = False
        check.errors.append(f"The database is not usable: {error}")
        return []
    breaches = _breaches(tickets)
    check.open_tickets, check.completed_tickets = stats["open"], stats["completed"]
    check.sla_breaches = len(breaches)
    check.oldest_ticket_age_hours = round(max((_age_hours(one) for one in tickets), default=0.0), 2)
    if stats["open"] > _MANY_OPEN:
        check.warnings.append(f"{stats['open']} tickets are open")
    return breaches


def _look_at_files(check: ActifixHealthCheck, paths: ActifixPaths) -> None:
    missing = [file for file in paths.all_artifacts if not file.exists()]
    check.files_exist = not missing
    check.warnings += [f"{file} is missing" for file in missing]
    if paths.base_dir.exists() and not os.access(paths.base_dir, os.W_OK):
        check.files_writable = False
        check.errors.append(f"{paths.base_dir} cannot be written")
    for folder in (paths.state_dir, paths.base_dir):
        if folder.exists():
            used = get_disk_usage(folder)["percent_used"]
            if used > _FULL_ERROR:
                check.errors.append(f"The disk of {folder} is {used} % full")
            elif used > _FULL_WARNING:
                check.warnings.append(f"The disk of {folder} is {used} % full")


def _breaches(tickets: list[dict[str, Any]]) -> list[dict[str, Any]]:
    config = get_config()
    hours = {
        "P0": config.sla_p0_hours,
        "P1": config.sla_p1_hours,
        "P2": config.sla_p2_hours,
        "P3": config.sla_p3_hours,
    }
    told = []
    for ticket in tickets:
        age, limit = _age_hours(ticket), hours.get(ticket["priority"], _SLA_P4)
        if age > limit:
            told.append(
                {
                    "ticket_id": ticket["id"],
                    "priority": ticket["priority"],
                    "age_hours": round(age, 2),
                    "sla_hours": limit,
                    "breach_hours": round(age - limit, 2),
                }
            )
    return sorted(told, key=lambda one: -one["breach_hours"])


def _age_hours(ticket: dict[str, Any]) -> float:
    from .persistence.ticket_cleanup import get_ticket_age_days

    return get_ticket_age_days(ticket) * 24


def _open_tickets() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = _repository().get_open_tickets()
    return found


def _repository() -> Any:
    from .persistence import ticket_repo

    return ticket_repo.get_ticket_repository()
