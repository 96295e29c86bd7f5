"""The folders of a program's documents."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Optional


@dataclass
class StoragePaths:
    """Folders below ``project_root``, made when they are named."""

    project_root: Path
    base_dir: Path
    data_dir: Path
    state_dir: Path
    logs_dir: Path

    def __post_init__(self) -> None:
        for name in ("project_root", "base_dir", "data_dir", "state_dir", "logs_dir"):
            folder = Path(getattr(self, name))
            setattr(self, name, folder)
            folder.mkdir(parents=True, exist_ok=True)

    @property
    def queue_file(self) -> Path:
        """Where writes wait that could not be done."""
        return self.state_dir / "persistence_queue.json"


_paths: Optional[StoragePaths] = None


def configure_storage_paths(
    project_root: Optional[Path | str] = None,
    base_dir: Optional[Path | str] = None,
    data_dir: Optional[Path | str] = None,
    state_dir: Optional[Path | str] = None,
    logs_dir: Optional[Path | str] = None,
    env_prefix: str = "STORAGE",
) -> StoragePaths:
    """The folders: as named, else as ``{env_prefix}_DATA_DIR`` and so on say, else below the project's root. They become
    those of :func:`get_storage_paths`."""

    def folder(given: Optional[Path | str], name: str, default: Path) -> Path:
        return Path(given or os.environ.get(f"{env_prefix}_{name}") or default)

    root = folder(project_root, "PROJECT_ROOT", Path.cwd())
    base = folder(base_dir, "BASE_DIR", root)
    paths = StoragePaths(
        project_root=root,
        base_dir=base,
        data_dir=folder(data_dir, "DATA_DIR", base / "data"),
        state_dir=folder(state_dir, "STATE_DIR", base / ".state"),
        logs_dir=folder(logs_dir, "LOGS_DIR", base / "logs"),
    )
    set_storage_paths(paths)
    return paths


def get_storage_paths() -> StoragePaths:
    """The folders in force."""
    return _paths or configure_storage_paths()


def set_storage_paths(paths: StoragePaths) -> None:
    """Puts other folders in force."""
    global _paths
    _paths = paths


def reset_storage_paths() -> None:
    """The next :func:`get_storage_paths` looks again."""
    global _paths
    _paths = None
