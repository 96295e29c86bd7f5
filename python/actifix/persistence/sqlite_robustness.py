"""Backups of a database, checks, and putting one back."""

from __future__ import annotations

import os
import sqlite3
from dataclasses import dataclass, field
from datetime import datetime, timezone
from enum import Enum
from pathlib import Path
from typing import Any, Optional

from .. import _core
from .database import DatabaseConfig, DatabasePool
from .errors import DatabaseError


class CorruptionSeverity(Enum):
    """How bad it is."""

    NONE = "none"
    MINOR = "minor"
    SEVERE = "severe"
    CRITICAL = "critical"


@dataclass
class CorruptionReport:
    """What a check found."""

    severity: CorruptionSeverity
    problems: list[str] = field(default_factory=list)
    checked_at: datetime = field(default_factory=lambda: datetime.now(timezone.utc))

    @property
    def is_corrupted(self) -> bool:
        """Whether anything is wrong."""
        return self.severity is not CorruptionSeverity.NONE


class SQLiteRobustness:
    """Care for one database file. Everything goes through the package's own SQLite."""

    def __init__(self, db_path: Path | str, config: Optional[dict[str, Any]] = None) -> None:
        self.db_path = Path(db_path)
        self.config = config or {}
        self.backup_dir = self.db_path.parent / ".sqlite_backups"
        self._pool = DatabasePool(DatabaseConfig(db_path=self.db_path))

    def enforce_pragmas(self, conn: Any = None) -> dict[str, Any]:
        """The settings in force: they are set when a connection is opened, and cannot be weakened."""
        conn = conn or self._pool._get_connection()
        names = ("journal_mode", "synchronous", "foreign_keys")
        return {name: conn.execute(f"PRAGMA {name}").fetchone()[0] for name in names}

    def check_corruption(self) -> CorruptionReport:
        """SQLite's own check of the whole file."""
        try:
            rows = self._pool._get_connection().execute("PRAGMA integrity_check").fetchall()
        except (sqlite3.Error, DatabaseError) as error:
            return CorruptionReport(CorruptionSeverity.CRITICAL, [str(error)])
        problems = [row[0] for row in rows if row[0] != "ok"]
        return CorruptionReport(CorruptionSeverity.SEVERE if problems else CorruptionSeverity.NONE, problems)

    def quarantine_corrupted_db(self) -> Optional[Path]:
        """Puts the file aside under another name, with what belongs to it; None when there is none."""
        self._pool.close()
        if not self.db_path.exists():
            return None
        aside = self.db_path.with_name(f"{self.db_path.name}.corrupted_{_stamp()}")
        for end in ("", "-wal", "-shm"):
            file = Path(f"{self.db_path}{end}")
            if file.exists():
                os.replace(file, f"{aside}{end}")
        return aside

    def backup(self) -> Optional[Path]:
        """A checked copy in the folder ``.sqlite_backups`` beside the file; None when it could not be made."""
        self.backup_dir.mkdir(parents=True, exist_ok=True)
        to = self.backup_dir / f"backup_{self.db_path.stem}_{_stamp()}.db"
        try:
            self._pool._open().backup(to)
        except (DatabaseError, OSError):
            return None
        return to

    def restore(self, backup_path: Path | str) -> bool:
        """Puts a copy in the file's place; what it replaces is kept beside. False when it could not be done."""
        self._pool.close()
        self._pool._calls = None
        try:
            _core.restore_database(str(backup_path), str(self.db_path))
        except Exception:
            return False
        return True

    def periodic_maintenance(self) -> dict[str, Any]:
        """A check, and a backup when it finds nothing."""
        report = self.check_corruption()
        made = None if report.is_corrupted else self.backup()
        return {"corrupted": report.is_corrupted, "problems": report.problems, "backup": str(made) if made else None}

    def get_health(self) -> dict[str, Any]:
        """The file's state in a few figures."""
        report = self.check_corruption()
        backups = sorted(self.backup_dir.glob("backup_*.db")) if self.backup_dir.is_dir() else []
        return {
            "healthy": not report.is_corrupted,
            "severity": report.severity.value,
            "problems": report.problems,
            "db_path": str(self.db_path),
            "size_bytes": self.db_path.stat().st_size if self.db_path.exists() else 0,
            "backups": len(backups),
            "latest_backup": str(backups[-1]) if backups else None,
        }


def _stamp() -> str:
    return datetime.now(timezone.utc).isoformat().replace(":", "-")


_managers: dict[Path, SQLiteRobustness] = {}


def get_robustness_manager(db_path: Path | str, config: Optional[dict[str, Any]] = None) -> SQLiteRobustness:
    """The manager of a file, made once."""
    path = Path(db_path).resolve()
    if path not in _managers:
        _managers[path] = SQLiteRobustness(path, config)
    return _managers[path]
