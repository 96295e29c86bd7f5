"""The table ``database_audit_log``: who changed which row of the old tables."""

from __future__ import annotations

import base64
import json
import os
import sqlite3
import sys
import zlib
from typing import Any, Optional

from .. import _core
from .errors import DatabaseError, DatabaseSecurityError
from .fields import serialize_json_field

_COLUMNS = (
    "table_name, operation, record_id, user_context, old_values, new_values, change_description, ip_address, session_id"
)
_COMPRESS_FROM = 1024


def _get_user_context() -> str:
    """Who is at work: ``ACTIFIX_USER``, else ``USER``, else ``unknown``."""
    return os.environ.get("ACTIFIX_USER") or os.environ.get("USER") or "unknown"


def log_database_audit(
    pool: Any = None,
    table_name: str = "",
    operation: str = "",
    record_id: Optional[str] = None,
    user_context: Optional[str] = None,
    old_values: Any = None,
    new_values: Any = None,
    change_description: Optional[str] = None,
    ip_address: Optional[str] = None,
    session_id: Optional[str] = None,
) -> bool:
    """Adds a row in a transaction of its own. Never raises: what fails is told on stderr, and False returned."""
    try:
        texts = (serialize_json_field(old_values), serialize_json_field(new_values), change_description)
        row = (
            table_name,
            operation,
            record_id,
            user_context or _get_user_context(),
            *(_core.redact(text) if text else text for text in texts),
            ip_address,
            session_id,
        )
        with _pool(pool).transaction(immediate=True) as conn:
            conn.execute(f"INSERT INTO database_audit_log({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        return True
    except Exception as error:
        print(f"Failed to log database audit: {error}", file=sys.stderr)
        return False


def compact_json_encode(data: Any, compress: bool = True) -> str:
    """JSON without spaces; long ones as ``z:`` and their compressed form, when that is shorter."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False, default=str)
    if compress and len(text) > _COMPRESS_FROM:
        packed = "z:" + base64.b64encode(zlib.compress(text.encode("utf-8"), 6)).decode("ascii")
        if len(packed) < len(text):
            return packed
    return text


def compact_json_decode(text: Any) -> Any:
    """What :func:`compact_json_encode` was given; its input, when that is none of its texts."""
    if not isinstance(text, str) or not text:
        return text
    try:
        if text.startswith("z:"):
            return json.loads(zlib.decompress(base64.b64decode(text[2:])).decode("utf-8"))
        return json.loads(text)
    except (ValueError, zlib.error):
        return text


def journal_state_change(
    table_name: str,
    operation: str,
    record_id: str,
    old_state: Any = None,
    new_state: Any = None,
    description: str = "",
    user_context: Optional[str] = None,
    pool: Any = None,
) -> bool:
    """An audit row with both states in compact form. False on failure."""

    def packed(state: Any) -> Optional[str]:
        if state is None:
            return None
        return compact_json_encode(json.loads(_core.redact(json.dumps(state, default=str))))

    try:
        old, new = packed(old_state), packed(new_state)
    except (TypeError, ValueError):
        return False
    return log_database_audit(
        pool=pool,
        table_name=table_name,
        operation=operation,
        record_id=record_id,
        user_context=user_context or "system",
        old_values=old,
        new_values=new,
        change_description=description,
    )


def get_state_change_history(
    table_name: Optional[str] = None,
    record_id: Optional[str] = None,
    operation: Optional[str] = None,
    limit: int = 100,
    pool: Any = None,
) -> list[dict[str, Any]]:
    """Audit rows, the newest first, their states decoded; empty on an error."""
    asked = {"table_name": table_name, "record_id": record_id, "operation": operation}
    given = {name: value for name, value in asked.items() if value}
    where = " AND ".join(f"{name} = ?" for name in given) or "1"
    sql = f"SELECT * FROM database_audit_log WHERE {where} ORDER BY timestamp DESC, id DESC LIMIT ?"
    try:
        with _pool(pool).connection() as conn:
            rows = [dict(row) for row in conn.execute(sql, (*given.values(), limit)).fetchall()]
    except (DatabaseError, DatabaseSecurityError, sqlite3.Error):
        return []
    for row in rows:
        row["old_values"] = compact_json_decode(row["old_values"])
        row["new_values"] = compact_json_decode(row["new_values"])
    return rows


def _pool(pool: Any) -> Any:
    if pool is not None:
        return pool
    from .database import get_database_pool

    return get_database_pool()
