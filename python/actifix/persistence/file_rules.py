"""Where a database may stand, and who may read it."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

from .errors import DatabaseSecurityError

_ROOT = "/root"
DANGEROUS_PATH_PATTERNS = (
    "/tmp",
    "/var/tmp",
    "/dev/shm",
    "/mnt",
    "/media",
    "/proc",
    "/sys",
    f"{_ROOT}/.trash",
    f"{_ROOT}/trash",
    "/private/tmp",
    "/private/var/tmp",
    "/.trash",
    "/trash",
    "c:\\temp",
    "c:\\users\\public",
    "c:\\windows\\temp",
    "%temp%",
    "%tmp%",
)


def _validate_database_path(path: Path) -> None:
    """Raises :class:`DatabaseSecurityError` when a database may not stand at ``path``."""
    resolved = path.resolve()
    _validate_database_path_directory(resolved)
    if resolved.exists():
        _validate_database_file_permissions(resolved)


def _validate_database_path_directory(resolved: Path) -> None:
    text = str(resolved).lower()
    for pattern in DANGEROUS_PATH_PATTERNS:
        if text.startswith(pattern) or f"/{pattern}/" in text or f"\\{pattern}\\" in text:
            raise DatabaseSecurityError(
                f"Database path {resolved} lies in {pattern}, which others share or the system empties. Set "
                f"ACTIFIX_DB_PATH to a folder of your own, or build DatabasePool(DatabaseConfig(db_path=...)) yourself"
            )


def _validate_database_file_permissions(resolved: Path) -> None:
    if sys.platform == "win32":
        return
    _ensure_private(resolved)
    try:
        mode = resolved.stat().st_mode
    except OSError:
        return
    if mode & (stat.S_IROTH | stat.S_IWOTH):
        raise DatabaseSecurityError(f"Others may read or write {resolved}. Run: chmod 600 {resolved}")


def _ensure_database_file_secure(path: Path) -> None:
    """Makes the file, for its owner only. Whoever may not is told when the file is opened."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError:
        pass
    _ensure_private(path)


def _ensure_private(path: Path) -> None:
    try:
        os.chmod(path, 0o600)
    except OSError:
        pass
