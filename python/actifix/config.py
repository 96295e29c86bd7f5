"""The Python system's settings: read from the environment once, then kept."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Callable, Optional

from ._settings import flag, number, plain, whole, words
from .state_paths import ActifixPaths, get_actifix_paths

__all__ = [
    "ActifixConfig",
    "get_actifix_paths",
    "get_config",
    "get_debug_level",
    "is_debug_enabled",
    "is_safe_mode",
    "load_config",
    "log_config_overrides",
    "reset_config",
    "set_config",
    "validate_config",
]


@dataclass
class ActifixConfig:
    """All settings with their defaults. Those of the Python system's other parts are not here."""

    project_root: Path
    paths: ActifixPaths
    capture_enabled: bool = True
    max_ticket_message_length: int = 5000
    max_file_context_size_bytes: int = 1048576
    max_open_tickets: int = 10000
    ticket_throttling_enabled: bool = True
    max_p2_tickets_per_hour: int = 15
    max_p3_tickets_per_4h: int = 5
    max_p4_tickets_per_day: int = 2
    emergency_ticket_threshold: int = 200
    emergency_window_minutes: int = 1
    sla_p0_hours: float = 1.0
    sla_p1_hours: float = 4.0
    sla_p2_hours: float = 24.0
    sla_p3_hours: float = 72.0
    webhook_enabled: bool = True
    webhook_urls: list[str] = field(default_factory=list)
    alert_webhook_enabled: bool = True
    alert_webhook_urls: list[str] = field(default_factory=list)
    alert_webhook_priorities: list[str] = field(default_factory=lambda: ["P0", "P1"])
    completion_hooks_enabled: bool = True
    completion_hook_scripts: list[str] = field(default_factory=list)
    safe_mode: bool = False
    debug_enabled: bool = False
    debug_level: int = 0


_Reader = Callable[[Optional[str], Any], Any]
_VARIABLES: dict[str, tuple[str, _Reader]] = {
    "capture_enabled": ("ACTIFIX_CAPTURE_ENABLED", flag),
    "max_ticket_message_length": ("ACTIFIX_MAX_MESSAGE_LENGTH", whole),
    "max_file_context_size_bytes": ("ACTIFIX_MAX_FILE_CONTEXT_BYTES", whole),
    "max_open_tickets": ("ACTIFIX_MAX_OPEN_TICKETS", whole),
    "ticket_throttling_enabled": ("ACTIFIX_TICKET_THROTTLING_ENABLED", flag),
    "max_p2_tickets_per_hour": ("ACTIFIX_MAX_P2_TICKETS_PER_HOUR", whole),
    "max_p3_tickets_per_4h": ("ACTIFIX_MAX_P3_TICKETS_PER_4H", whole),
    "max_p4_tickets_per_day": ("ACTIFIX_MAX_P4_TICKETS_PER_DAY", whole),
    "emergency_ticket_threshold": ("ACTIFIX_EMERGENCY_TICKET_THRESHOLD", whole),
    "emergency_window_minutes": ("ACTIFIX_EMERGENCY_WINDOW_MINUTES", whole),
    "sla_p0_hours": ("ACTIFIX_SLA_P0_HOURS", number),
    "sla_p1_hours": ("ACTIFIX_SLA_P1_HOURS", number),
    "sla_p2_hours": ("ACTIFIX_SLA_P2_HOURS", number),
    "sla_p3_hours": ("ACTIFIX_SLA_P3_HOURS", number),
    "webhook_enabled": ("ACTIFIX_WEBHOOK_ENABLED", flag),
    "webhook_urls": ("ACTIFIX_WEBHOOK_URLS", lambda text, _: words(text)),
    "alert_webhook_enabled": ("ACTIFIX_ALERT_WEBHOOK_ENABLED", flag),
    "alert_webhook_urls": ("ACTIFIX_ALERT_WEBHOOK_URLS", lambda text, _: words(text)),
    "alert_webhook_priorities": ("ACTIFIX_ALERT_WEBHOOK_PRIORITIES", lambda text, _: words(text, "P0,P1")),
    "completion_hooks_enabled": ("ACTIFIX_COMPLETION_HOOKS_ENABLED", flag),
    "completion_hook_scripts": ("ACTIFIX_COMPLETION_HOOK_SCRIPTS", lambda text, _: words(text)),
    "safe_mode": ("ACTIFIX_SAFE_MODE", flag),
    "debug_enabled": ("ACTIFIX_DEBUG", flag),
    "debug_level": ("ACTIFIX_DEBUG_LEVEL", whole),
}
_POSITIVE = [name for name in ("max_ticket_message_length", "max_file_context_size_bytes", "max_open_tickets")]

_config: Optional[ActifixConfig] = None


def load_config(
    project_root: Optional[Path | str] = None, config_file: Optional[Path | str] = None, fail_fast: bool = True
) -> ActifixConfig:
    """The settings as the environment says now. ``config_file`` was never read, and is not.

    Raises ``ValueError`` for settings that :func:`validate_config` finds fault with, unless ``fail_fast`` is off.
    """
    del config_file
    paths = get_actifix_paths(project_root=project_root)
    config = ActifixConfig(project_root=paths.project_root, paths=paths)
    for name, (variable, read) in _VARIABLES.items():
        setattr(config, name, read(os.environ.get(variable), getattr(config, name)))
    problems = validate_config(config)
    if problems and fail_fast:
        raise ValueError("Invalid settings: " + "; ".join(problems))
    return config


def validate_config(config: ActifixConfig) -> list[str]:
    """What is wrong with the settings, one sentence each."""
    problems = [f"{name} must be 1 or more" for name in _POSITIVE if getattr(config, name) < 1]
    for one in fields(config):
        if one.name.startswith(("max_p", "emergency_", "sla_")) and getattr(config, one.name) < 0:
            problems.append(f"{one.name} must not be negative")
    return problems


def get_config() -> ActifixConfig:
    """The settings in force: loaded once, then kept until :func:`reset_config`."""
    global _config
    if _config is None:
        _config = load_config(fail_fast=False)
    return _config


def set_config(config: Optional[ActifixConfig]) -> None:
    """Puts other settings in force."""
    global _config
    _config = config


def reset_config() -> None:
    """The next :func:`get_config` reads the environment again."""
    set_config(None)


def is_safe_mode() -> bool:
    """Whether ``ACTIFIX_SAFE_MODE`` is on."""
    return get_config().safe_mode


def get_debug_level() -> int:
    """The number of ``ACTIFIX_DEBUG_LEVEL``."""
    return get_config().debug_level


def is_debug_enabled(component: str = "") -> bool:
    """Whether ``ACTIFIX_DEBUG`` is on; for every component alike."""
    del component
    return get_config().debug_enabled


def log_config_overrides() -> dict[str, str]:
    """The variables that are set, with their values."""
    known = (variable for variable, _ in _VARIABLES.values())
    return {name: plain(os.environ[name], "") for name in known if name in os.environ}
