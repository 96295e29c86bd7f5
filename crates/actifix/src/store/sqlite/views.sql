-- The Python system's columns, to read: people's SELECTs go on working, writes fail.
-- `schema_version` is a view so that the Python system stops at open with its own error instead of half-working.
CREATE VIEW schema_version AS
SELECT 7 AS version, '1970-01-01 00:00:00' AS applied_at WHERE 0;

CREATE VIEW tickets AS
SELECT
  f.id AS id,
  'P' || f.priority AS priority,
  f.error_type AS error_type,
  f.message AS message,
  f.source AS source,
  (SELECT text FROM names WHERE id = f.project) AS run_label,
  strftime('%Y-%m-%dT%H:%M:%S', f.created / 1000000, 'unixepoch')
    || CASE f.created % 1000000 WHEN 0 THEN '' ELSE printf('.%06d', f.created % 1000000) END || '+00:00' AS created_at,
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', e.at / 1000000, 'unixepoch')
     || CASE e.at % 1000000 WHEN 0 THEN '' ELSE printf('.%06d', e.at % 1000000) END || '+00:00'
   FROM events e WHERE e.seq = max(
     coalesce((SELECT seq FROM events WHERE ticket = f.n AND kind <> 1 ORDER BY seq DESC LIMIT 1), 0),
     coalesce((SELECT event FROM seen WHERE ticket = f.n), 0))) AS updated_at,
  f.fingerprint AS duplicate_guard,
  CASE WHEN c.ticket IS NOT NULL THEN 'Completed' WHEN l.ticket IS NOT NULL THEN 'In Progress' ELSE 'Open' END AS status,
  f.assignee AS owner,
  (SELECT text FROM names WHERE id = l.holder) AS locked_by,
  strftime('%Y-%m-%dT%H:%M:%S', l.acquired / 1000000, 'unixepoch')
    || CASE l.acquired % 1000000 WHEN 0 THEN '' ELSE printf('.%06d', l.acquired % 1000000) END || '+00:00' AS locked_at,
  strftime('%Y-%m-%dT%H:%M:%S', l.expires / 1000000, 'unixepoch')
    || CASE l.expires % 1000000 WHEN 0 THEN '' ELSE printf('.%06d', l.expires % 1000000) END || '+00:00' AS lease_expires,
  NULL AS branch,
  coalesce(f.stack_trace, '') AS stack_trace,
  coalesce(f.context, '{}') AS file_context,
  '{}' AS system_state,
  f.notes AS ai_remediation_notes,
  f.correlation_id AS correlation_id,
  json_extract(d.new, '$.summary') AS completion_summary,
  CASE WHEN json_extract(d.new, '$.did') IS NULL THEN '' ELSE
    'Implementation: ' || json_extract(d.new, '$.did') || char(10) || char(10) || 'Files:'
    || coalesce((SELECT group_concat(char(10) || '- ' || value, '') FROM json_each(d.new, '$.files')), '') END
    AS completion_notes,
  coalesce(json_extract(d.new, '$.tested'), '') AS test_steps,
  coalesce(json_extract(d.new, '$.results'), '') AS test_results,
  json_extract(d.new, '$.url') AS test_documentation_url,
  NULL AS completion_verified_by,
  NULL AS completion_verified_at,
  NULL AS github_issue_url,
  NULL AS github_issue_number,
  'pending' AS github_sync_state,
  NULL AS github_sync_message,
  '1.0' AS format_version,
  c.ticket IS NOT NULL AND c.reason = 0 AS documented,
  c.ticket IS NOT NULL AND c.reason = 0 AS functioning,
  c.ticket IS NOT NULL AND c.reason = 0 AS tested,
  c.ticket IS NOT NULL AND c.reason = 0 AS completed,
  t.ticket IS NOT NULL AS deleted,
  strftime('%Y-%m-%dT%H:%M:%S', t.at / 1000000, 'unixepoch')
    || CASE t.at % 1000000 WHEN 0 THEN '' ELSE printf('.%06d', t.at % 1000000) END || '+00:00' AS deleted_at
FROM facts f
LEFT JOIN leases l ON l.ticket = f.n
LEFT JOIN completed c ON c.ticket = f.n
LEFT JOIN events d ON d.seq = c.done
LEFT JOIN trash t ON t.ticket = f.n;

-- The newest 20 of each priority by facts_newest, then the newest 20 of these: no walk through all tickets.
CREATE VIEW v_recent_tickets AS
SELECT id, priority, error_type, message, source, created_at, status FROM tickets WHERE id IN (
  SELECT id FROM (
    SELECT * FROM (SELECT id, created FROM facts WHERE priority = 0 ORDER BY created DESC LIMIT 20)
    UNION ALL SELECT * FROM (SELECT id, created FROM facts WHERE priority = 1 ORDER BY created DESC LIMIT 20)
    UNION ALL SELECT * FROM (SELECT id, created FROM facts WHERE priority = 2 ORDER BY created DESC LIMIT 20)
    UNION ALL SELECT * FROM (SELECT id, created FROM facts WHERE priority = 3 ORDER BY created DESC LIMIT 20)
    UNION ALL SELECT * FROM (SELECT id, created FROM facts WHERE priority = 4 ORDER BY created DESC LIMIT 20)
  ) ORDER BY created DESC LIMIT 20)
ORDER BY created_at DESC;

CREATE VIEW v_ticket_history AS
SELECT id, priority, error_type, message, source, created_at, updated_at, completion_summary, status FROM tickets
WHERE status = 'Completed' ORDER BY updated_at DESC;
