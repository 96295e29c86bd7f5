-- The Python system's columns, to read: people's SELECTs go on working, writes fail.
-- `schema_version` is a view so that the Python system stops at open with its own error instead of half-working.
CREATE VIEW schema_version AS
SELECT 7 AS version, '1970-01-01 00:00:00' AS applied_at WHERE 0;

-- Of an upgraded ticket, `g` is its row as it was: what nothing here can change is read there. `u` is the same row as long
-- as nothing has happened to the ticket since, and then every column shows what it showed. `c` says whether evidence was
-- given here: until then the old texts stand.
CREATE VIEW tickets AS
SELECT
  f.id AS id,
  CASE WHEN u.ticket IS NOT NULL THEN u.priority ELSE 'P' || f.priority END AS priority,
  CASE WHEN u.ticket IS NOT NULL THEN u.error_type ELSE f.error_type END AS error_type,
  CASE WHEN u.ticket IS NOT NULL THEN u.message ELSE f.message END AS message,
  CASE WHEN u.ticket IS NOT NULL THEN u.source ELSE f.source END AS source,
  CASE WHEN g.ticket IS NOT NULL THEN g.run_label ELSE (SELECT text FROM names WHERE id = f.project) END AS run_label,
  CASE WHEN g.ticket IS NOT NULL THEN g.created_at ELSE strftime('%Y-%m-%dT%H:%M:%S', f.created / 1000000, 'unixepoch')
    || CASE f.created % 1000000 WHEN 0 THEN '' ELSE printf('.%06d', f.created % 1000000) END || '+00:00' END AS created_at,
  CASE WHEN u.ticket IS NOT NULL THEN u.updated_at ELSE (SELECT strftime('%Y-%m-%dT%H:%M:%S', e.at / 1000000, 'unixepoch')
     || CASE e.at % 1000000 WHEN 0 THEN '' ELSE printf('.%06d', e.at % 1000000) END || '+00:00'
   FROM events e WHERE e.seq = max(
     coalesce((SELECT seq FROM events WHERE ticket = f.n AND kind <> 1 ORDER BY seq DESC LIMIT 1), 0),
     coalesce((SELECT event FROM seen WHERE ticket = f.n), 0))) END AS updated_at,
  CASE WHEN g.ticket IS NOT NULL THEN g.duplicate_guard ELSE f.fingerprint END AS duplicate_guard,
  CASE WHEN u.ticket IS NOT NULL THEN u.status ELSE CASE WHEN c.ticket IS NOT NULL THEN 'Completed' WHEN l.ticket IS NOT NULL THEN 'In Progress' ELSE 'Open' END END AS status,
  CASE WHEN u.ticket IS NOT NULL THEN u.owner ELSE f.assignee END AS owner,
  CASE WHEN u.ticket IS NOT NULL THEN u.locked_by ELSE (SELECT text FROM names WHERE id = l.holder) END AS locked_by,
  CASE WHEN u.ticket IS NOT NULL THEN u.locked_at ELSE strftime('%Y-%m-%dT%H:%M:%S', l.acquired / 1000000, 'unixepoch')
    || CASE l.acquired % 1000000 WHEN 0 THEN '' ELSE printf('.%06d', l.acquired % 1000000) END || '+00:00' END AS locked_at,
  CASE WHEN u.ticket IS NOT NULL THEN u.lease_expires ELSE strftime('%Y-%m-%dT%H:%M:%S', l.expires / 1000000, 'unixepoch')
    || CASE l.expires % 1000000 WHEN 0 THEN '' ELSE printf('.%06d', l.expires % 1000000) END || '+00:00' END AS lease_expires,
  g.branch AS branch,
  CASE WHEN u.ticket IS NOT NULL THEN u.stack_trace ELSE coalesce(f.stack_trace, '') END AS stack_trace,
  CASE WHEN g.ticket IS NOT NULL THEN g.file_context ELSE coalesce(f.context, '{}') END AS file_context,
  CASE WHEN g.ticket IS NOT NULL THEN g.system_state ELSE '{}' END AS system_state,
  CASE WHEN u.ticket IS NOT NULL THEN u.ai_remediation_notes ELSE f.notes END AS ai_remediation_notes,
  CASE WHEN u.ticket IS NOT NULL THEN u.correlation_id ELSE f.correlation_id END AS correlation_id,
  CASE WHEN g.ticket IS NULL OR c.done > g.as_of THEN json_extract(d.new, '$.summary') ELSE g.completion_summary END AS completion_summary,
  CASE WHEN g.ticket IS NULL OR c.done > g.as_of THEN CASE WHEN json_extract(d.new, '$.did') IS NULL THEN '' ELSE
    'Implementation: ' || json_extract(d.new, '$.did') || char(10) || char(10) || 'Files:'
    || coalesce((SELECT group_concat(char(10) || '- ' || value, '') FROM json_each(d.new, '$.files')), '') END ELSE g.completion_notes END AS completion_notes,
  CASE WHEN g.ticket IS NULL OR c.done > g.as_of THEN coalesce(json_extract(d.new, '$.tested'), '') ELSE g.test_steps END AS test_steps,
  CASE WHEN g.ticket IS NULL OR c.done > g.as_of THEN coalesce(json_extract(d.new, '$.results'), '') ELSE g.test_results END AS test_results,
  CASE WHEN g.ticket IS NULL OR c.done > g.as_of THEN json_extract(d.new, '$.url') ELSE g.test_documentation_url END AS test_documentation_url,
  g.completion_verified_by AS completion_verified_by,
  g.completion_verified_at AS completion_verified_at,
  g.github_issue_url AS github_issue_url,
  g.github_issue_number AS github_issue_number,
  CASE WHEN g.ticket IS NOT NULL THEN g.github_sync_state ELSE 'pending' END AS github_sync_state,
  g.github_sync_message AS github_sync_message,
  CASE WHEN g.ticket IS NOT NULL THEN g.format_version ELSE '1.0' END AS format_version,
  CASE WHEN u.ticket IS NOT NULL THEN u.documented ELSE c.ticket IS NOT NULL AND c.reason = 0 END AS documented,
  CASE WHEN u.ticket IS NOT NULL THEN u.functioning ELSE c.ticket IS NOT NULL AND c.reason = 0 END AS functioning,
  CASE WHEN u.ticket IS NOT NULL THEN u.tested ELSE c.ticket IS NOT NULL AND c.reason = 0 END AS tested,
  CASE WHEN u.ticket IS NOT NULL THEN u.completed ELSE c.ticket IS NOT NULL AND c.reason = 0 END AS completed,
  CASE WHEN u.ticket IS NOT NULL THEN u.deleted ELSE t.ticket IS NOT NULL END AS deleted,
  CASE WHEN u.ticket IS NOT NULL THEN u.deleted_at ELSE strftime('%Y-%m-%dT%H:%M:%S', t.at / 1000000, 'unixepoch')
    || CASE t.at % 1000000 WHEN 0 THEN '' ELSE printf('.%06d', t.at % 1000000) END || '+00:00' END AS deleted_at/*EXTRA*/
FROM facts f
LEFT JOIN legacy g ON g.ticket = f.n
LEFT JOIN legacy u ON u.ticket = f.n AND u.fits AND u.as_of = max(
     coalesce((SELECT seq FROM events WHERE ticket = f.n AND kind <> 1 ORDER BY seq DESC LIMIT 1), 0),
     coalesce((SELECT event FROM seen WHERE ticket = f.n), 0))
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
