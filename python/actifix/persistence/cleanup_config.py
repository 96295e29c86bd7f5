"""What the clean-up of old tickets is told."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from typing import Any, Optional

from .._settings import flag, whole


@dataclass
class CleanupConfig:
    """Days of keeping, and when the clean-up runs."""

    enabled: bool = True
    retention_days: int = 90
    test_ticket_retention_days: int = 7
    auto_complete_test_tickets: bool = True
    run_on_health_check: bool = False
    min_hours_between_runs: int = 24

    @classmethod
    def from_env(cls) -> CleanupConfig:
        """As the variables ``ACTIFIX_CLEANUP_ENABLED``, ``ACTIFIX_RETENTION_DAYS`` and so on say."""
        env = os.environ.get
        return cls(
            enabled=flag(env("ACTIFIX_CLEANUP_ENABLED"), True),
            retention_days=whole(env("ACTIFIX_RETENTION_DAYS"), 90),
            test_ticket_retention_days=whole(env("ACTIFIX_TEST_RETENTION_DAYS"), 7),
            auto_complete_test_tickets=flag(env("ACTIFIX_AUTO_COMPLETE_TESTS"), True),
            run_on_health_check=flag(env("ACTIFIX_CLEANUP_ON_HEALTH"), False),
            min_hours_between_runs=whole(env("ACTIFIX_CLEANUP_MIN_HOURS"), 24),
        )

    def to_dict(self) -> dict[str, Any]:
        """All of it by name."""
        return asdict(self)


_config: Optional[CleanupConfig] = None


def get_cleanup_config() -> CleanupConfig:
    """The settings in force: read from the environment once."""
    global _config
    if _config is None:
        _config = CleanupConfig.from_env()
    return _config


def set_cleanup_config(config: Optional[CleanupConfig]) -> None:
    """Puts other settings in force; None: the environment is read again."""
    global _config
    _config = config
