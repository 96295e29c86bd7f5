"""The table ``agent_voice``: the diary of agents."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, Optional

from .. import _core
from .database import get_database_pool, open_soon
from .fields import serialize_json_field

DEFAULT_MAX_AGENT_VOICE_ROWS = 1_000_000
_MOST = 1000
_INSERT = (
    "INSERT INTO agent_voice(created_at, agent_id, run_label, level, thought, extra_json, correlation_id) "
    "VALUES (?, ?, ?, ?, ?, ?, ?)"
)
_NAMES = "id, created_at, agent_id, run_label, level, thought, extra_json, correlation_id"


@dataclass(frozen=True)
class AgentVoiceEntry:
    """One line of the diary."""

    id: int
    created_at: str
    agent_id: str
    run_label: Optional[str]
    level: str
    thought: str
    extra_json: Optional[str]
    correlation_id: Optional[str]


class AgentVoiceRepository:
    """The diary of one database; the newest ``max_rows`` lines are kept."""

    def __init__(self, max_rows: int = DEFAULT_MAX_AGENT_VOICE_ROWS, pool: Any = None) -> None:
        self.max_rows = max_rows
        self.pool = pool if pool is not None else get_database_pool()

    def append(
        self,
        *,
        agent_id: str,
        thought: str,
        run_label: Optional[str] = None,
        level: str = "INFO",
        extra: Any = None,
        correlation_id: Optional[str] = None,
    ) -> int:
        """Adds a line and returns its number. Raises ``ValueError`` for an empty ``agent_id`` or ``thought``."""
        if not agent_id or not agent_id.strip():
            raise ValueError("agent_id is empty; say who speaks")
        if not thought or not thought.strip():
            raise ValueError("thought is empty; say something")
        more = serialize_json_field(extra)
        row = (
            datetime.now(timezone.utc).isoformat(),
            agent_id,
            run_label,
            level.upper(),
            _core.redact(thought),
            _core.redact(more) if more else more,
            correlation_id,
        )
        with self.pool.transaction(immediate=True) as conn:
            number: int = conn.execute(_INSERT, row).lastrowid
            conn.execute("DELETE FROM agent_voice WHERE id <= ?", (number - self.max_rows,))
        return number

    def count(self) -> int:
        """How many lines there are."""
        with self.pool.connection() as conn:
            count: int = conn.execute("SELECT COUNT(*) FROM agent_voice").fetchone()[0]
            return count

    def list_recent(self, limit: int = 50, agent_id: Optional[str] = None) -> list[AgentVoiceEntry]:
        """The newest lines; ``limit`` is taken as 1 to 1000."""
        return self.list_paginated(limit, None, agent_id)[0]

    def list_paginated(
        self,
        limit: int = 50,
        cursor: Optional[int] = None,
        agent_id: Optional[str] = None,
        level: Optional[str] = None,
    ) -> tuple[list[AgentVoiceEntry], Optional[int]]:
        """A page of lines, the newest first, and the cursor of the next page: None when there is none."""
        limit = max(1, min(int(limit), _MOST))
        asked = (("id < ?", cursor), ("agent_id = ?", agent_id), ("level = ?", level.upper() if level else None))
        given = [(sql, value) for sql, value in asked if value is not None]
        where = " AND ".join(sql for sql, _ in given) or "1"
        sql = f"SELECT {_NAMES} FROM agent_voice WHERE {where} ORDER BY id DESC LIMIT ?"
        with self.pool.connection() as conn:
            rows = conn.execute(sql, (*(value for _, value in given), limit + 1)).fetchall()
        page = [AgentVoiceEntry(*tuple(row)) for row in rows[:limit]]
        return page, (page[-1].id if len(rows) > limit else None)


_repo: Optional[AgentVoiceRepository] = None


def get_agent_voice_repository(max_rows: int = DEFAULT_MAX_AGENT_VOICE_ROWS) -> AgentVoiceRepository:
    """The process's repository; another number of rows than before makes another one."""
    global _repo
    if _repo is None or _repo.max_rows != max_rows:
        _repo = AgentVoiceRepository(max_rows)
        open_soon(_repo.pool)
    return _repo


def reset_agent_voice_repository() -> None:
    """Forgets it."""
    global _repo
    _repo = None
