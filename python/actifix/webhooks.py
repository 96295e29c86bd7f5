"""Notices of tickets over HTTP, to the addresses of ``ACTIFIX_WEBHOOK_URLS`` and ``ACTIFIX_ALERT_WEBHOOK_URLS``."""

from __future__ import annotations

import json
import logging
import time
import urllib.request
from datetime import datetime
from typing import Any, Optional

from . import _core
from .config import get_config

_log = logging.getLogger(__name__)
_SECONDS, _ATTEMPTS, _PAUSE = 5.0, 3, 0.5
_MESSAGE = 1000
_SENT = (
    "id ticket_id entry_id priority error_type message source run_label created_at updated_at status correlation_id"
).split()


def send_webhook_notification(event_type: str, ticket: dict[str, Any], webhook_urls: Optional[list[str]] = None) -> int:
    """Posts a notice to each address and returns how many took it. Waits for them: 5 s each, three attempts."""
    config = get_config()
    if webhook_urls is None:
        webhook_urls = config.webhook_urls if config.webhook_enabled else []
    return _post(webhook_urls, {"event": event_type, "ticket": _told(ticket)})


def send_ticket_created_webhook(ticket: dict[str, Any]) -> int:
    """``ticket.created``."""
    return send_webhook_notification("ticket.created", ticket)


def send_ticket_completed_webhook(ticket: dict[str, Any]) -> int:
    """``ticket.completed``."""
    return send_webhook_notification("ticket.completed", ticket)


def send_ticket_alert_webhook(ticket: dict[str, Any]) -> int:
    """``ticket.alert``, for the priorities of ``ACTIFIX_ALERT_WEBHOOK_PRIORITIES``; with the text that chats show."""
    config = get_config()
    told = _told(ticket)
    if not config.alert_webhook_enabled or told.get("priority") not in config.alert_webhook_priorities:
        return 0
    text = f"[{told.get('priority')}] {told.get('error_type')}: {told.get('message')} ({told.get('source')})"
    return _post(config.alert_webhook_urls, {"event": "ticket.alert", "ticket": told, "text": text, "content": text})


def _told(ticket: dict[str, Any]) -> dict[str, Any]:
    """The fields that go out: redacted, and as JSON takes them."""
    name = ticket.get("entry_id") or ticket.get("ticket_id") or ticket.get("id")
    whole = {"status": "Open", **ticket, "id": name, "ticket_id": name, "entry_id": name}
    told = {key: whole[key] for key in _SENT if key in whole}
    told = {key: value.isoformat() if isinstance(value, datetime) else value for key, value in told.items()}
    told = {key: _core.redact(value) if isinstance(value, str) else value for key, value in told.items()}
    if isinstance(told.get("message"), str):
        told["message"] = told["message"][:_MESSAGE]
    return told


def _post(addresses: list[str], body: dict[str, Any]) -> int:
    data = json.dumps({**body, "timestamp": datetime.now().isoformat()}, default=str).encode("utf-8")
    return sum(1 for address in addresses if _delivered(address, data))


def _delivered(address: str, data: bytes) -> bool:
    if not address.lower().startswith(("http://", "https://")):
        _log.warning("A webhook needs an http or https address")
        return False
    headers = {"Content-Type": "application/json", "User-Agent": "Actifix-Webhook/1.0"}
    request = urllib.request.Request(address, data=data, headers=headers, method="POST")
    for attempt in range(_ATTEMPTS):
        if attempt:
            time.sleep(_PAUSE * attempt)
        try:
            with urllib.request.urlopen(request, timeout=_SECONDS) as answer:
                if 200 <= answer.status < 300:
                    return True
        except OSError as error:
            _log.warning("A notice was not taken (attempt %d of %d): %s", attempt + 1, _ATTEMPTS, error)
    return False
