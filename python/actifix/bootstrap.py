"""Setting a program up, by the Python system's names."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Callable, Optional

from .raise_af import ACTIFIX_CAPTURE_ENV_VAR, record_error
from .state_paths import ActifixPaths, get_actifix_paths, init_actifix_files

Hook = Callable[[type[BaseException], BaseException, Optional[TracebackType]], Any]
_RUN = "actifix-development"


def enable_actifix_capture() -> None:
    """Sets ``ACTIFIX_CAPTURE_ENABLED``."""
    os.environ[ACTIFIX_CAPTURE_ENV_VAR] = "1"


def disable_actifix_capture() -> None:
    """Unsets it: errors are no longer captured."""
    os.environ[ACTIFIX_CAPTURE_ENV_VAR] = "0"


def capture_exception(
    exc_type: type[BaseException], exc_value: BaseException, exc_traceback: Optional[TracebackType]
) -> None:
    """Records an exception that nobody caught. Never raises; an interrupt and an exit are none."""
    if issubclass(exc_type, (KeyboardInterrupt, SystemExit)):
        return
    import traceback

    try:
        frames = traceback.extract_tb(exc_traceback)
        source = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "unknown"
        record_error(
            message=str(exc_value),
            source=source,
            run_label=_RUN,
            error_type=exc_type.__name__,
            stack_trace="".join(traceback.format_exception(exc_type, exc_value, exc_traceback)),
        )
    except Exception:  # the program has one error already
        return


def install_exception_handler() -> Hook:
    """Records what nobody catches, then does what was done before. Returns the hook that was there."""
    original = sys.excepthook

    def handler(kind: type[BaseException], error: BaseException, trace: Optional[TracebackType]) -> None:
        capture_exception(kind, error, trace)
        original(kind, error, trace)

    sys.excepthook = handler
    return original


def uninstall_exception_handler(original: Hook) -> None:
    """Puts the hook back."""
    sys.excepthook = original


def bootstrap_actifix_development() -> Hook:
    """Turns capture on, makes the folders, and installs the hook. Returns the one that was there."""
    enable_actifix_capture()
    init_actifix_files()
    return install_exception_handler()


def ensure_ticket_database(paths: Optional[ActifixPaths] = None) -> Path:
    """Makes the database and returns where it is."""
    from .persistence.database import _default_path, get_database_pool

    root = Path(paths.project_root) if paths else None
    return Path(get_database_pool(_default_path(root)).config.db_path)


def bootstrap(project_root: Optional[Path] = None) -> ActifixPaths:
    """The folders of a project."""
    return get_actifix_paths(project_root=project_root)


def phased_bootstrap(project_root: Optional[Path] = None) -> ActifixPaths:
    """:func:`bootstrap` under its other name."""
    return bootstrap(project_root)


def shutdown() -> None:
    """Does nothing: what was recorded is on disk."""


def quick_start() -> Hook:
    """:func:`bootstrap_actifix_development` under its other name."""
    return bootstrap_actifix_development()


class ActifixContext:
    """A block whose uncaught exceptions are recorded; they go on."""

    def __init__(self, project_root: Optional[Path] = None) -> None:
        self.project_root = project_root

    def __enter__(self) -> ActifixContext:
        self.paths = bootstrap(self.project_root)
        return self

    def __exit__(
        self, kind: Optional[type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        if kind is not None and error is not None:
            capture_exception(kind, error, trace)


def create_initial_ticket() -> Any:
    """A ticket about the set-up, when ``ACTIFIX_CREATE_BOOTSTRAP_TICKET`` is 1."""
    if os.environ.get("ACTIFIX_CREATE_BOOTSTRAP_TICKET") != "1":
        return None
    return record_error("Actifix was set up", "bootstrap.py", run_label=_RUN, error_type="Bootstrap", priority="P4")


def track_development_progress(milestone: str, details: str = "") -> Any:
    """A ticket about a milestone, when ``ACTIFIX_TRACK_MILESTONES_AS_TICKETS`` is 1."""
    if os.environ.get("ACTIFIX_TRACK_MILESTONES_AS_TICKETS") != "1":
        return None
    message = f"Milestone: {milestone}" + (f": {details}" if details else "")
    return record_error(message, "bootstrap.py", run_label=_RUN, error_type="Milestone", priority="P4")
