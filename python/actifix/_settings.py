"""How the Python system reads its variables."""

from __future__ import annotations

from typing import Optional

ON = frozenset({"1", "true", "yes", "on"})
OFF = frozenset({"0", "false", "no", "off"})


def flag(text: Optional[str], default: bool) -> bool:
    """Any word but those for on is off; unset is the default."""
    return default if text is None else text.strip().lower() in ON


def whole(text: Optional[str], default: int) -> int:
    """A whole number; what is none is the default."""
    try:
        return int(text) if text is not None else default
    except ValueError:
        return default


def number(text: Optional[str], default: float) -> float:
    """A number; what is none is the default."""
    try:
        return float(text) if text is not None else default
    except ValueError:
        return default


def words(text: Optional[str], default: str = "") -> list[str]:
    """The parts of a list with commas."""
    return [part.strip() for part in (default if text is None else text).split(",") if part.strip()]


def plain(text: Optional[str], default: str) -> str:
    """A text without control characters."""
    return default if text is None else "".join(c for c in text if c.isprintable()).strip()
