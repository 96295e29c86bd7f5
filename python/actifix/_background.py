"""An agent that works on tickets in the background, its lease renewed by a thread meanwhile."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Optional

from .do_af import Handler, _handled, _repository
from .raise_af import enforce_raise_af_only
from .state_paths import ActifixPaths, get_actifix_paths

_HOUR = timedelta(hours=1)


@dataclass
class BackgroundAgentConfig:
    """How an agent works in the background."""

    agent_id: str = "do-af-agent"
    run_label: str = "do-af-background"
    lease_duration: timedelta = _HOUR
    renew_interval_seconds: float = 300
    idle_sleep_seconds: float = 5.0
    idle_backoff_max_seconds: float = 60.0
    max_tickets: Optional[int] = None
    use_ai: bool = True
    priority_filter: Optional[list[str]] = None
    fallback_complete: bool = False
    handler: Optional[Handler] = None


def run_background_agent(
    config: BackgroundAgentConfig,
    *,
    paths: Optional[ActifixPaths] = None,
    stop_event: Optional[threading.Event] = None,
) -> int:
    """Takes tickets and gives them to ``config.handler`` until ``stop_event`` is set or ``max_tickets`` are done; returns
    how many were completed. A thread renews the lease meanwhile."""
    paths = paths or get_actifix_paths()
    enforce_raise_af_only(paths)
    stop = stop_event or threading.Event()
    repo, holder = _repository(), f"{config.agent_id}:{os.getpid()}"
    done, pause = 0, config.idle_sleep_seconds
    while not stop.is_set() and (config.max_tickets is None or done < config.max_tickets):
        ticket = config.handler and repo.get_and_lock_next_ticket(holder, config.lease_duration, config.priority_filter)
        completed = ticket and config.handler and _under_lease(repo, ticket, holder, config, paths)
        if completed:
            done, pause = done + 1, config.idle_sleep_seconds
            continue
        stop.wait(pause)
        pause = min(pause * 2, config.idle_backoff_max_seconds)
    return done


def _under_lease(
    repo: Any, ticket: dict[str, Any], holder: str, config: BackgroundAgentConfig, paths: ActifixPaths
) -> bool:
    over = threading.Event()

    def renew() -> None:
        while not over.wait(config.renew_interval_seconds):
            if repo.renew_lock(ticket["id"], holder, config.lease_duration) is None:
                return

    keeper = threading.Thread(target=renew, name="actifix-renew", daemon=True)
    keeper.start()
    try:
        assert config.handler is not None
        return _handled(repo, ticket, holder, config.handler, paths) is not None
    except Exception:  # it has become a ticket
        return False
    finally:
        over.set()
        keeper.join()
