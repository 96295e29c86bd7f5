"""The diary of agents: one call to add a line."""

from __future__ import annotations

from typing import Any, Optional

from .persistence.agent_voice_repo import DEFAULT_MAX_AGENT_VOICE_ROWS, get_agent_voice_repository


def record_agent_voice(
    thought: str,
    *,
    agent_id: str = "actifix-agent",
    run_label: Optional[str] = None,
    level: str = "INFO",
    extra: Any = None,
    correlation_id: Optional[str] = None,
    max_rows: int = DEFAULT_MAX_AGENT_VOICE_ROWS,
) -> int:
    """Adds a line and returns its number. What fails becomes a ticket, and is raised."""
    try:
        return get_agent_voice_repository(max_rows).append(
            agent_id=agent_id,
            thought=thought,
            run_label=run_label,
            level=level,
            extra=extra,
            correlation_id=correlation_id,
        )
    except Exception as error:
        _complain(error, agent_id)
        raise


def record_relay_handoff(
    from_agent: str, to_agent: str, reason: str, *, run_label: Optional[str] = None, extra: Any = None
) -> int:
    """Notes down that one agent hands over to another."""
    told = {"from": from_agent, "to": to_agent, "reason": reason, **(extra or {})}
    thought = f"{from_agent} hands over to {to_agent}: {reason}"
    return record_agent_voice(thought, agent_id=from_agent, run_label=run_label, extra=told)


def _complain(error: Exception, agent_id: str) -> None:
    from .raise_af import record_error

    try:
        record_error(
            message=f"The diary of {agent_id} could not be written: {error}",
            source="actifix/agent_voice.py",
            error_type=type(error).__name__,
            priority="P2",
            capture_context=False,
        )
    except Exception:  # the first error goes on
        return
