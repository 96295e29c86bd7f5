"""How many new tickets a time may come, by priority: in this process, since it began."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass
from typing import Any, Optional

from .._fork import lock_of
from ..config import get_config

_HOUR = 3600.0


class TicketThrottleError(Exception):
    """Too many tickets of this priority in its time."""


@dataclass
class ThrottleConfig:
    """The limits: P0 and P1 have none of their own."""

    max_p2_per_hour: int = 15
    max_p3_per_4h: int = 5
    max_p4_per_day: int = 2
    emergency_threshold: int = 200
    emergency_window_minutes: int = 1
    enabled: bool = True

    @classmethod
    def from_settings(cls, config: Any) -> ThrottleConfig:
        """As :class:`actifix.config.ActifixConfig` says."""
        return cls(
            max_p2_per_hour=config.max_p2_tickets_per_hour,
            max_p3_per_4h=config.max_p3_tickets_per_4h,
            max_p4_per_day=config.max_p4_tickets_per_day,
            emergency_threshold=config.emergency_ticket_threshold,
            emergency_window_minutes=config.emergency_window_minutes,
            enabled=config.ticket_throttling_enabled,
        )


class TicketThrottler:
    """Counts tickets in sliding windows. Threads may share it."""

    def __init__(self, config: Optional[ThrottleConfig] = None) -> None:
        self.config = config or ThrottleConfig.from_settings(get_config())
        self._times: dict[str, deque[float]] = {"P2": deque(), "P3": deque(), "P4": deque()}
        self._lock = lock_of(self)

    def _windows(self) -> dict[str, tuple[int, float]]:
        return {
            "P2": (self.config.max_p2_per_hour, _HOUR),
            "P3": (self.config.max_p3_per_4h, 4 * _HOUR),
            "P4": (self.config.max_p4_per_day, 24 * _HOUR),
        }

    def check_throttle(self, priority: Any) -> None:
        """Raises :class:`TicketThrottleError` when no more tickets of this priority may come now."""
        if not self.config.enabled:
            return
        name = str(getattr(priority, "value", priority))
        with self._lock:
            self._emergency()
            if name not in self._times:
                return
            most, span = self._windows()[name]
            if self._since(name, span) >= most:
                raise TicketThrottleError(
                    f"{most} {name} tickets came within {span / _HOUR:g} h already; more are held back"
                )

    def record_ticket(self, priority: Any, ticket_id: str = "", error_type: str = "") -> None:
        """Counts a ticket that was made."""
        del ticket_id, error_type
        name = str(getattr(priority, "value", priority))
        with self._lock:
            if name in self._times:
                self._times[name].append(time.monotonic())

    def get_stats(self) -> dict[str, Any]:
        """For each priority: how many came within its window, and how many may."""
        with self._lock:
            return {
                name: {"count": self._since(name, span), "limit": most, "window_seconds": span}
                for name, (most, span) in self._windows().items()
            }

    def _emergency(self) -> None:
        span = self.config.emergency_window_minutes * 60.0
        now = time.monotonic()
        lately = sum(1 for times in self._times.values() for at in times if now - at <= span)
        if lately >= self.config.emergency_threshold:
            raise TicketThrottleError(f"{lately} tickets came within {span:g} s: all are held back")

    def _since(self, name: str, span: float) -> int:
        times, oldest = self._times[name], time.monotonic() - span
        while times and times[0] < oldest:
            times.popleft()
        return len(times)


_throttler: Optional[TicketThrottler] = None


def get_ticket_throttler(config: Optional[ThrottleConfig] = None) -> TicketThrottler:
    """The process's throttler."""
    global _throttler
    if _throttler is None or config is not None:
        _throttler = TicketThrottler(config)
    return _throttler


def reset_ticket_throttler() -> None:
    """Forgets what was counted."""
    global _throttler
    _throttler = None
