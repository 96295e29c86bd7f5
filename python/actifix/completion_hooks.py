"""Scripts of ``ACTIFIX_COMPLETION_HOOK_SCRIPTS``, run when a ticket was completed."""

from __future__ import annotations

import json
import logging
import os
import subprocess
from pathlib import Path
from typing import Any

from .config import get_config

_log = logging.getLogger(__name__)
_SECONDS = 30.0
_JSON = 10000


def execute_completion_hooks(ticket: dict[str, Any]) -> dict[str, Any]:
    """Runs each script in order: hooks_run, hooks_succeeded, hooks_failed, failures. Never raises."""
    told: dict[str, Any] = {"hooks_run": 0, "hooks_succeeded": 0, "hooks_failed": 0, "failures": []}
    config = get_config()
    for script in config.completion_hook_scripts if config.completion_hooks_enabled else []:
        path = Path(script).expanduser()
        if not (path.is_file() and os.access(path, os.X_OK)):
            _log.warning("The completion hook %s is no script that can be run", path)
            continue
        told["hooks_run"] += 1
        failure = _failed(path, ticket)
        if failure is None:
            told["hooks_succeeded"] += 1
        else:
            told["hooks_failed"] += 1
            told["failures"].append({"script": str(path), "error": failure})
            _log.warning("The completion hook %s failed: %s", path, failure)
    return told


def _failed(path: Path, ticket: dict[str, Any]) -> str | None:
    given = {name: str(ticket.get(name.lower()) or "") for name in ("PRIORITY", "ERROR_TYPE", "SOURCE", "STATUS")}
    given["ID"] = str(ticket.get("id") or ticket.get("ticket_id") or "")
    given["JSON"] = json.dumps(ticket, default=str)[:_JSON]
    env = {**os.environ, **{f"ACTIFIX_TICKET_{name}": value.replace("\0", "") for name, value in given.items()}}
    try:
        done = subprocess.run(
            [str(path)],
            env=env,
            timeout=_SECONDS,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError) as error:
        return str(error)
    return None if done.returncode == 0 else f"exit {done.returncode}: {done.stderr.strip()[:500]}"
