-- A ticket's row in the Python system's `tickets`, each value as it was, once the file was upgraded. `as_of` is the last
-- event that the upgrade wrote for it; `fits` is 0 for a row that contradicted itself, and for one
-- that a program of the Python system made here: of those only the columns count that nothing else holds.
CREATE TABLE legacy (
  ticket INTEGER PRIMARY KEY,
  as_of INTEGER NOT NULL,
  fits INTEGER NOT NULL,
  id, priority, error_type, message, source, run_label, created_at, updated_at, duplicate_guard, status, owner, locked_by,
  locked_at, lease_expires, branch, stack_trace, file_context, system_state, ai_remediation_notes, correlation_id,
  completion_summary, completion_notes, test_steps, test_results, test_documentation_url, completion_verified_by,
  completion_verified_at, github_issue_url, github_issue_number, github_sync_state, github_sync_message, format_version,
  documented, functioning, tested, completed, deleted, deleted_at
);
