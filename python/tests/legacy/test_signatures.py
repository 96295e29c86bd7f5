"""Every name, signature and field that programs written for the Python system import."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import re
from typing import Any

import pytest

#: module → names, as its pages list them.
NAMES = {
    "actifix": "record_error ActifixEntry TicketPriority generate_entry_id generate_ticket_id generate_duplicate_guard "
    "ensure_scaffold ACTIFIX_CAPTURE_ENV_VAR get_actifix_state_dir get_actifix_data_dir get_project_root get_logs_dir "
    "get_health run_health_check format_health_report run_automatic_cleanup apply_retention_policy cleanup_test_tickets "
    "CleanupConfig get_cleanup_config quick_start __version__ enable_actifix_capture disable_actifix_capture "
    "capture_exception install_exception_handler uninstall_exception_handler bootstrap_actifix_development ActifixContext",
    "actifix.persistence": "atomic_write atomic_write_bytes atomic_append atomic_update trim_to_line_boundary "
    "StorageBackend FileStorageBackend MemoryStorageBackend JSONStorageMixin StorageError StorageNotFoundError "
    "StoragePermissionError PersistenceQueue QueueEntry QueueError StoragePaths configure_storage_paths get_storage_paths "
    "PersistenceManager Transaction HealthStatus check_storage_health detect_corruption DatabasePool DatabaseConfig "
    "DatabaseError DatabaseConnectionError DatabaseSchemaError get_database_pool reset_database_pool TicketRepository "
    "TicketFilter TicketLock get_ticket_repository reset_ticket_repository EventRepository EventFilter "
    "get_event_repository reset_event_repository AgentVoiceEntry AgentVoiceRepository DEFAULT_MAX_AGENT_VOICE_ROWS "
    "get_agent_voice_repository reset_agent_voice_repository __version__ ticket_repo ticket_cleanup sqlite_robustness",
    "actifix.persistence.database": "SCHEMA_VERSION SCHEMA_SQL DANGEROUS_PATH_PATTERNS REQUIRED_INDEXES DatabaseError "
    "DatabaseConnectionError DatabaseSchemaError DatabaseSecurityError get_database_connection serialize_json_field "
    "deserialize_json_field serialize_timestamp deserialize_timestamp _validate_database_path "
    "_validate_database_path_directory _validate_database_file_permissions _ensure_database_file_secure",
    "actifix.persistence.ticket_repo": "TicketLock FieldLengthError OpenTicketLimitExceededError MAX_MESSAGE_LENGTH "
    "MAX_SOURCE_LENGTH MAX_ERROR_TYPE_LENGTH MAX_STACK_TRACE_LENGTH MAX_FIELD_LENGTH _extract_completion_section "
    "_extract_completion_files _normalize_completion_file_entry _looks_like_path _validate_field_length "
    "_validate_file_context_size _get_user_context _maybe_get _global_repo log_database_audit get_database_pool "
    "ActifixEntry TicketPriority sqlite3",
    "actifix.persistence.event_repo": "BatchedEventWriter get_batched_event_writer",
    "actifix.persistence.atomic": "atomic_write_bytes safe_read safe_read_bytes",
    "actifix.persistence.paths": "get_storage_paths set_storage_paths reset_storage_paths",
    "actifix.persistence.health": "HealthStatus check_storage_health verify_integrity compute_hash",
    "actifix.persistence.ticket_cleanup": "DEFAULT_RETENTION_DAYS PRIORITY_RETENTION_DAYS is_test_ticket "
    "get_ticket_age_days print_cleanup_report",
    "actifix.persistence.cleanup_config": "CleanupConfig get_cleanup_config set_cleanup_config",
    "actifix.persistence.sqlite_robustness": "CorruptionSeverity CorruptionReport get_robustness_manager",
    "actifix.raise_af": "enforce_raise_af_only redact_secrets_from_text capture_stack_trace capture_system_state "
    "preview_ai_remediation_notes generate_ai_remediation_notes parse_args main PROJECT_ROOT ACTIFIX_DIR MAX_CONTEXT_CHARS "
    "FILE_CONTEXT_MAX_CHARS SYSTEM_STATE_MAX_CHARS AI_REMEDIATION_MAX_CHARS AI_REMEDIATION_DRY_RUN_ENV "
    "CONTEXT_TRUNCATION_CHARS SYSTEM_STATE_ENV_CACHE_TTL_SECONDS MINIMAL_CONTEXT_PRIORITIES STRUCTURED_MESSAGE_ENV "
    "STRUCTURED_MESSAGE_ENFORCED ACTIFIX_CAPTURE_ENV_VAR ACTIFIX_CHANGE_ORIGIN_ENV ACTIFIX_ENFORCE_RAISE_AF_ENV "
    "DUPLICATE_REOPEN_WINDOW FALLBACK_QUEUE_FILE LEGACY_FALLBACK_QUEUE _ensure_structured_message",
    "actifix.state_paths": "ActifixPaths ensure_actifix_dirs init_actifix_files reset_actifix_paths get_logs_dir "
    "get_raise_af_sentinel RAISE_AF_SENTINEL_FILENAME _sanitize_path",
    "actifix.log_utils": "atomic_write_bytes trim_to_line_boundary idempotent_append log_event",
    "actifix.config": "get_config set_config reset_config validate_config get_actifix_paths is_safe_mode get_debug_level "
    "is_debug_enabled log_config_overrides",
    "actifix.do_af": "TicketInfo StatefulTicketManager TicketCacheState main",
    "actifix.security.ticket_throttler": "TicketThrottler ThrottleConfig TicketThrottleError get_ticket_throttler "
    "reset_ticket_throttler",
    "actifix.bootstrap": "ensure_ticket_database bootstrap phased_bootstrap shutdown create_initial_ticket "
    "track_development_progress",
    "actifix.health": "ActifixHealthCheck check_sla_breaches get_disk_usage SLA_P0 SLA_P1 SLA_P2 SLA_P3",
    "actifix.webhooks": "send_ticket_created_webhook send_ticket_completed_webhook send_ticket_alert_webhook",
    "actifix.agent_voice": "record_agent_voice record_relay_handoff",
}

#: What → parameters with their defaults, without types.
SIGNATURES = """
persistence.database:DatabasePool(config)
persistence.database:get_database_pool(db_path=None)
persistence.database:reset_database_pool()
persistence.database:log_database_audit(pool=None, table_name='', operation='', record_id=None, user_context=None, old_values=None, new_values=None, change_description=None, ip_address=None, session_id=None)
persistence.database:run_vacuum(pool=None)
persistence.database:run_analyze(pool=None)
persistence.database:run_maintenance(pool=None, vacuum=True, analyze=True)
persistence.database:get_database_size_info(pool=None)
persistence.database:check_database_growth(pool=None, warn_threshold_mb=100.0, error_threshold_mb=500.0)
persistence.database:verify_and_create_indexes(pool=None)
persistence.database:compact_json_encode(data, compress=True)
persistence.database:compact_json_decode(text)
persistence.database:journal_state_change(table_name, operation, record_id, old_state=None, new_state=None, description='', user_context=None, pool=None)
persistence.database:get_state_change_history(table_name=None, record_id=None, operation=None, limit=100, pool=None)
persistence.database:DatabasePool.transaction(self, immediate=False, isolation=None)
persistence.database:DatabasePool.connection(self)
persistence.ticket_repo:TicketRepository(pool=None, config=None)
persistence.ticket_repo:get_ticket_repository(pool=None, config=None)
persistence.ticket_repo:reset_ticket_repository()
persistence.ticket_repo:TicketRepository.create_ticket(self, entry)
persistence.ticket_repo:TicketRepository.get_ticket(self, ticket_id)
persistence.ticket_repo:TicketRepository.get_tickets(self, filter=None)
persistence.ticket_repo:TicketRepository.get_open_tickets(self, limit=None)
persistence.ticket_repo:TicketRepository.get_completed_tickets(self, limit=None)
persistence.ticket_repo:TicketRepository.check_duplicate_guard(self, duplicate_guard)
persistence.ticket_repo:TicketRepository.update_ticket(self, ticket_id, updates)
persistence.ticket_repo:TicketRepository.mark_complete(self, ticket_id, completion_notes, test_steps, test_results, summary=None, test_documentation_url=None)
persistence.ticket_repo:TicketRepository.acquire_lock(self, ticket_id, locked_by, lease_duration=1:00:00)
persistence.ticket_repo:TicketRepository.release_lock(self, ticket_id, locked_by)
persistence.ticket_repo:TicketRepository.renew_lock(self, ticket_id, locked_by, lease_duration=1:00:00)
persistence.ticket_repo:TicketRepository.get_expired_locks(self)
persistence.ticket_repo:TicketRepository.cleanup_expired_locks(self)
persistence.ticket_repo:TicketRepository.get_and_lock_next_ticket(self, locked_by, lease_duration=1:00:00, priority_filter=None)
persistence.ticket_repo:TicketRepository.get_stats(self)
persistence.ticket_repo:TicketRepository.delete_ticket(self, ticket_id, soft_delete=True)
persistence.ticket_repo:TicketRepository.recover_ticket(self, ticket_id)
persistence.ticket_repo:TicketRepository.get_deleted_tickets(self, limit=None)
persistence.event_repo:EventRepository.log_event(self, event_type, message, ticket_id=None, correlation_id=None, extra_json=None, source=None, level='INFO', timestamp=None)
persistence.event_repo:EventRepository.get_events_for_ticket(self, ticket_id, limit=50)
persistence.event_repo:EventRepository.get_recent_events(self, limit=100)
persistence.event_repo:EventRepository.prune_old_events(self, days_to_keep=90)
persistence.agent_voice_repo:AgentVoiceRepository.append(self, *, agent_id, thought, run_label=None, level='INFO', extra=None, correlation_id=None)
persistence.agent_voice_repo:AgentVoiceRepository.list_recent(self, limit=50, agent_id=None)
persistence.agent_voice_repo:AgentVoiceRepository.list_paginated(self, limit=50, cursor=None, agent_id=None, level=None)
persistence.atomic:atomic_write(path, content, encoding='utf-8')
persistence.atomic:atomic_append(path, content, max_size_bytes=None, encoding='utf-8')
persistence.atomic:atomic_update(path, update_fn, encoding='utf-8', create_if_missing=True, initial_content='')
persistence.atomic:idempotent_append(path, content, entry_key, encoding='utf-8')
persistence.queue:PersistenceQueue(queue_file, max_entries=1000, max_age_hours=24.0, deduplication=True)
persistence.queue:PersistenceQueue.replay(self, handler, max_retries=3)
persistence.manager:PersistenceManager(backend, queue_file=None, paths=None, enable_queue=True, auto_replay=True)
persistence.health:check_storage_health(backend, test_key='.health-check')
persistence.health:detect_corruption(backend, sample_keys=None)
persistence.health:verify_integrity(backend, key, expected_hash, algorithm='sha256')
persistence.ticket_cleanup:apply_retention_policy(repo, retention_days=90, test_ticket_retention_days=7, use_priority_policies=True, dry_run=True)
persistence.ticket_cleanup:cleanup_test_tickets(repo, auto_complete=True, dry_run=True)
persistence.ticket_cleanup:cleanup_duplicate_tickets(repo, min_age_hours=24.0, dry_run=True)
persistence.sqlite_robustness:SQLiteRobustness(db_path, config=None)
raise_af:record_error(message, source, run_label='unspecified', base_dir=None, error_type='unknown', priority=None, stack_trace=None, capture_context=True, skip_duplicate_check=False, skip_ai_notes=False, paths=None, force_context=False)
raise_af:enforce_raise_af_only(paths=None, change_origin=None)
raise_af:generate_duplicate_guard(source, message, error_type='unknown', stack_trace=None)
raise_af:capture_file_context(source, max_lines=50)
raise_af:classify_priority(error_type, message, source)
raise_af:ensure_scaffold(base_dir)
do_af:mark_ticket_complete(ticket_id, completion_notes, test_steps, test_results, summary='', test_documentation_url=None, paths=None, use_lock=True)
do_af:get_open_tickets(paths=None, use_cache=True)
do_af:get_completed_tickets(paths=None, use_cache=True)
do_af:get_ticket_stats(paths=None, use_cache=True)
do_af:fix_highest_priority_ticket(paths=None, completion_notes='', test_steps='', test_results='', summary='Resolved via dashboard fix', test_documentation_url=None)
do_af:process_next_ticket(ai_handler=None, paths=None, use_ai=True)
do_af:process_tickets(max_tickets=5, ai_handler=None, paths=None)
do_af:run_background_agent(config, *, paths=None, stop_event=None)
do_af:get_ticket_manager(paths=None, cache_ttl=60)
state_paths:get_actifix_paths(project_root=None, base_dir=None, state_dir=None, logs_dir=None)
state_paths:init_actifix_files(paths=None)
log_utils:atomic_write(path, content, encoding='utf-8')
log_utils:append_with_guard(path, content, max_size_bytes=None)
config:load_config(project_root=None, config_file=None, fail_fast=True)
health:get_health(paths=None)
health:run_health_check(paths=None, print_report=True)
webhooks:send_webhook_notification(event_type, ticket, webhook_urls=None)
completion_hooks:execute_completion_hooks(ticket)
agent_voice:record_agent_voice(thought, *, agent_id='actifix-agent', run_label=None, level='INFO', extra=None, correlation_id=None, max_rows=1000000)
""".strip().splitlines()

#: Dataclasses: their fields in order.
FIELDS = {
    "persistence.database:DatabaseConfig": "db_path enable_wal timeout check_same_thread isolation_level",
    "persistence.ticket_repo:TicketFilter": "status priority owner locked created_after created_before correlation_id "
    "limit offset",
    "persistence.ticket_repo:TicketLock": "ticket_id locked_by locked_at lease_expires",
    "persistence.event_repo:EventFilter": "event_type ticket_id correlation_id level source limit offset",
    "persistence.agent_voice_repo:AgentVoiceEntry": "id created_at agent_id run_label level thought extra_json "
    "correlation_id",
    "persistence.queue:QueueEntry": "entry_id operation key content created_at retry_count last_retry metadata",
    "persistence.health:HealthStatus": "healthy timestamp checks errors warnings",
    "raise_af:ActifixEntry": "message source run_label entry_id created_at priority error_type stack_trace file_context "
    "system_state ai_remediation_notes duplicate_guard format_version correlation_id",
    "state_paths:ActifixPaths": "project_root base_dir state_dir logs_dir fallback_queue_file quarantine_dir "
    "test_logs_dir log_file",
    "do_af:TicketInfo": "ticket_id priority error_type message source run_name created duplicate_guard full_block status "
    "documented functioning tested completed",
}


@pytest.mark.parametrize("module", NAMES)
def test_names_are_there(module: str) -> None:
    there = importlib.import_module(module)
    missing = [name for name in NAMES[module].split() if not hasattr(there, name)]
    assert not missing


def found(module: str, path: str) -> Any:
    value: Any = importlib.import_module(f"actifix.{module}")
    for name in path.split("."):
        value = getattr(value, name)
    return value


def shown(parameter: inspect.Parameter) -> str:
    """The parameter without its type; a default as it prints."""
    if parameter.default is inspect.Parameter.empty:
        return parameter.name
    value = parameter.default
    return f"{parameter.name}={value!r}" if not hasattr(value, "total_seconds") else f"{parameter.name}={value}"


@pytest.mark.parametrize("line", SIGNATURES, ids=lambda line: re.split(r"[:(]", line)[1])
def test_signatures_are_as_they_were(line: str) -> None:
    what, _, wanted = line[:-1].partition("(")
    parameters = list(inspect.signature(found(*what.split(":"))).parameters.values())
    parts, keyword_only = [], False
    for parameter in parameters:
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY and not keyword_only:
            parts.append("*")
            keyword_only = True
        parts.append(shown(parameter))
    assert ", ".join(parts) == wanted


@pytest.mark.parametrize("what", FIELDS)
def test_fields_stand_in_their_order(what: str) -> None:
    assert [field.name for field in dataclasses.fields(found(*what.split(":")))] == FIELDS[what].split()
