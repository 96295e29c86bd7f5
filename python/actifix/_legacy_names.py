"""The Python system's names that its package had, by the module where they stand now. They are looked up when they are
first used, so that importing the package stays quick and makes nothing."""

from __future__ import annotations

from importlib import import_module
from typing import Any

_NAMES = {
    "raise_af": "record_error ActifixEntry TicketPriority generate_entry_id generate_ticket_id generate_duplicate_guard "
    "ensure_scaffold ACTIFIX_CAPTURE_ENV_VAR",
    "bootstrap": "enable_actifix_capture disable_actifix_capture capture_exception install_exception_handler "
    "uninstall_exception_handler bootstrap_actifix_development bootstrap shutdown ActifixContext create_initial_ticket "
    "track_development_progress quick_start",
    "state_paths": "get_actifix_state_dir get_actifix_data_dir get_project_root get_logs_dir",
    "health": "get_health run_health_check format_health_report",
    "persistence.ticket_cleanup": "run_automatic_cleanup apply_retention_policy cleanup_test_tickets",
    "persistence.cleanup_config": "CleanupConfig get_cleanup_config",
}
MODULE = {name: module for module, names in _NAMES.items() for name in names.split()}


def find(name: str) -> Any:
    """The value of a name; ``AttributeError`` for any other."""
    if name not in MODULE:
        raise AttributeError(f"module 'actifix' has no attribute {name!r}")
    return getattr(import_module(f"actifix.{MODULE[name]}"), name)
