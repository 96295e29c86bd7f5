"""Values as the old columns hold them: JSON and times as text."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Optional


def serialize_json_field(obj: Any) -> Optional[str]:
    """JSON text; a text stays as it is, None stays None."""
    if obj is None or isinstance(obj, str):
        return obj
    return json.dumps(obj, default=str)


def deserialize_json_field(text: Optional[str]) -> Any:
    """The value of a JSON text; None for none, and for what is no JSON."""
    try:
        return json.loads(text) if text else None
    except (TypeError, ValueError):
        return None


def serialize_timestamp(dt: Any) -> Optional[str]:
    """ISO 8601; a text stays as it is, None stays None."""
    if dt is None or isinstance(dt, str):
        return dt
    stamp: str = dt.isoformat()
    return stamp


def deserialize_timestamp(text: Optional[str]) -> Optional[datetime]:
    """The time of a text, with its zone if it has one; None for none, and for what is no time."""
    try:
        return datetime.fromisoformat(text) if text else None
    except (TypeError, ValueError):
        return None
