"""Whether a storage backend works, and whether its documents are whole."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Callable, Optional, Union

from .storage import StorageBackend, StorageError


@dataclass
class HealthStatus:
    """What a look at a backend showed."""

    healthy: bool
    timestamp: datetime
    checks: dict[str, bool] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def check_storage_health(backend: StorageBackend, test_key: str = ".health-check") -> HealthStatus:
    """Writes, reads, lists and removes a document of its own."""
    status = HealthStatus(healthy=True, timestamp=datetime.now(timezone.utc))
    content = f"health check at {status.timestamp.isoformat()}"

    def written() -> bool:
        backend.write(test_key, content)
        return True

    steps: dict[str, Callable[[], bool]] = {
        "write": written,
        "read": lambda: backend.read(test_key) == content,
        "exists": lambda: backend.exists(test_key),
        "list": lambda: test_key in backend.list_keys(),
        "delete": lambda: backend.delete(test_key) is not False and not backend.exists(test_key),
    }
    for name, step in steps.items():
        try:
            status.checks[name] = bool(step())
            if not status.checks[name]:
                status.errors.append(f"{name}: another answer than expected")
        except Exception as error:
            status.checks[name] = False
            status.errors.append(f"{name}: {error}")
    status.healthy = all(status.checks.values())
    return status


def detect_corruption(backend: StorageBackend, sample_keys: Optional[list[str]] = None) -> list[str]:
    """The keys of documents that cannot be read or hold NUL bytes; ``sample_keys`` is where to look, else everywhere."""
    broken = []
    for key in sample_keys if sample_keys is not None else backend.list_keys():
        try:
            if "\0" in backend.read(key):
                broken.append(key)
        except (StorageError, UnicodeDecodeError):
            broken.append(key)
    return broken


def verify_integrity(backend: StorageBackend, key: str, expected_hash: str, algorithm: str = "sha256") -> bool:
    """Whether the document has this hash; a missing one has none."""
    try:
        return compute_hash(backend.read_bytes(key), algorithm) == expected_hash.lower()
    except StorageError:
        return False


def compute_hash(content: Union[str, bytes], algorithm: str = "sha256") -> str:
    """The hash of a text (as UTF-8) or of bytes, in hex. ``ValueError`` for an unknown algorithm."""
    data = content.encode("utf-8") if isinstance(content, str) else content
    return hashlib.new(algorithm, data).hexdigest()
