"""The folders that the Python system works in. Only the database is found otherwise: by ``ACTIFIX_DB_PATH``."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Optional, Union

RAISE_AF_SENTINEL_FILENAME = "RAISE_AF_ONLY"
_SENTINEL = "Tickets are made through raise_af only: set ACTIFIX_CHANGE_ORIGIN=raise_af.\n"


@dataclass
class ActifixPaths:
    """Folders and files. Nothing is made by naming them: see :func:`ensure_actifix_dirs`."""

    project_root: Path
    base_dir: Path
    state_dir: Path
    logs_dir: Path
    fallback_queue_file: Path
    quarantine_dir: Path
    test_logs_dir: Path
    log_file: Path

    @property
    def database_path(self) -> Path:
        """A place of earlier versions, not the database in use."""
        return self.base_dir / "actifix.db"

    @property
    def data_dir(self) -> Path:
        """The base folder under its other name."""
        return self.base_dir

    @property
    def all_artifacts(self) -> list[Path]:
        """The files that are made by :func:`init_actifix_files`."""
        return [self.log_file, self.fallback_queue_file, self.state_dir / RAISE_AF_SENTINEL_FILENAME]


PathArg = Optional[Union[Path, str]]


def get_actifix_paths(
    project_root: PathArg = None, base_dir: PathArg = None, state_dir: PathArg = None, logs_dir: PathArg = None
) -> ActifixPaths:
    """The folders: as given, else as the variables say, else below the project's root. Looked up anew at each call."""

    def folder(given: PathArg, variable: str, default: Path) -> Path:
        return _sanitize_path(given or os.environ.get(variable) or default)

    root = folder(project_root, "ACTIFIX_PROJECT_ROOT", Path.cwd())
    base = folder(base_dir, "ACTIFIX_DATA_DIR", root / "actifix")
    state = folder(state_dir, "ACTIFIX_STATE_DIR", root / ".actifix")
    logs = folder(logs_dir, "ACTIFIX_LOGS_DIR", root / "logs")
    return ActifixPaths(
        project_root=root,
        base_dir=base,
        state_dir=state,
        logs_dir=logs,
        fallback_queue_file=state / "actifix_fallback_queue.json",
        quarantine_dir=state / "quarantine",
        test_logs_dir=state / "test_logs",
        log_file=logs / "actifix.log",
    )


def ensure_actifix_dirs(paths: ActifixPaths) -> None:
    """Makes the folders."""
    for folder in (paths.base_dir, paths.state_dir, paths.logs_dir, paths.quarantine_dir, paths.test_logs_dir):
        folder.mkdir(parents=True, exist_ok=True)


def init_actifix_files(paths: Optional[ActifixPaths] = None) -> ActifixPaths:
    """Makes the folders, the log file, the queue file and the sentinel."""
    paths = paths or get_actifix_paths()
    ensure_actifix_dirs(paths)
    paths.log_file.touch(exist_ok=True)
    paths.fallback_queue_file.touch(exist_ok=True)
    sentinel = get_raise_af_sentinel(paths)
    if not sentinel.exists():
        sentinel.write_text(_SENTINEL, encoding="utf-8")
    return paths


def reset_actifix_paths() -> None:
    """Does nothing: no path is kept."""


def get_actifix_state_dir() -> Path:
    """The folder of the state."""
    return get_actifix_paths().state_dir


def get_actifix_data_dir() -> Path:
    """The base folder."""
    return get_actifix_paths().data_dir


def get_project_root() -> Path:
    """The project's root."""
    return get_actifix_paths().project_root


def get_logs_dir() -> Path:
    """The folder of the logs."""
    return get_actifix_paths().logs_dir


def get_raise_af_sentinel(paths: Optional[ActifixPaths] = None) -> Path:
    """The file that keeps the gate of :mod:`actifix.raise_af` shut whatever the variables say."""
    return (paths or get_actifix_paths()).state_dir / RAISE_AF_SENTINEL_FILENAME


def _sanitize_path(path: Union[Path, str]) -> Path:
    """A path without control characters, its ``~`` expanded."""
    return Path(re.sub(r"[\x00-\x1f\x7f]", "", str(path))).expanduser()
