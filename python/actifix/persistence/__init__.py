"""The Python system's storage, over the core. Names are looked up in their modules when they are first used."""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "1.0.0"

_NAMES = {
    "atomic": "atomic_write atomic_write_bytes atomic_append atomic_update trim_to_line_boundary",
    "storage": "StorageBackend FileStorageBackend MemoryStorageBackend JSONStorageMixin StorageError "
    "StorageNotFoundError StoragePermissionError",
    "queue": "PersistenceQueue QueueEntry QueueError",
    "paths": "StoragePaths configure_storage_paths get_storage_paths",
    "manager": "PersistenceManager PersistenceError Transaction",
    "health": "HealthStatus check_storage_health detect_corruption",
    "database": "DatabasePool DatabaseConfig DatabaseError DatabaseConnectionError DatabaseSchemaError "
    "get_database_pool reset_database_pool",
    "ticket_repo": "TicketRepository TicketFilter TicketLock get_ticket_repository reset_ticket_repository",
    "event_repo": "EventRepository EventFilter get_event_repository reset_event_repository",
    "agent_voice_repo": "AgentVoiceEntry AgentVoiceRepository DEFAULT_MAX_AGENT_VOICE_ROWS "
    "get_agent_voice_repository reset_agent_voice_repository",
    "cleanup_config": "",
    "ticket_cleanup": "",
    "sqlite_robustness": "",
}
_MODULE = {name: module for module, names in _NAMES.items() for name in names.split()}

__all__ = sorted(_MODULE)


def __getattr__(name: str) -> Any:
    if name in _NAMES:
        return import_module(f".{name}", __name__)
    if name in _MODULE:
        return getattr(import_module(f".{_MODULE[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULE, *_NAMES})
