"""One error on its way to a ticket, step by step."""

from __future__ import annotations

import dataclasses
import logging
import os
import sys
import threading
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Any, Optional, Union

from .. import _core
from .. import raise_af as front
from .._settings import ON
from ..config import get_config
from ..log_utils import log_event
from ..persistence import ticket_limits
from ..raise_af import ActifixEntry, TicketPriority
from ..state_paths import ActifixPaths
from . import context as around
from .notes import preview_ai_remediation_notes
from .spool import Spool, spooled

_log = logging.getLogger(__name__)
#: So often it is said that capture is off.
_SAID_OFF = 5
#: Five hex digits a day can be taken; so often another id is drawn.
_DRAWS = 20
_said_off = 0


@dataclass
class Recording:
    """An error as it came, its texts stripped."""

    message: str
    source: str
    run_label: str
    error_type: str
    priority: Union[TicketPriority, str, None]
    stack_trace: str
    capture_context: bool
    skip_duplicate_check: bool
    skip_ai_notes: bool
    force_context: bool
    paths: ActifixPaths
    paths_given: bool

    def run(self) -> Optional[ActifixEntry]:
        """The entry, when a ticket was made of it or it waits in the spool; else None."""
        guard = self._guard(_core.redact(self.message), _core.redact(self.stack_trace))
        entry = ActifixEntry(
            message=self.message,
            source=self.source,
            run_label=self.run_label,
            entry_id=front.generate_entry_id(),
            created_at=datetime.now(timezone.utc),
            priority=self._priority(),
            error_type=self.error_type,
            stack_trace=self.stack_trace,
            duplicate_guard=guard,
            correlation_id=_correlation_id(),
        )
        if not self.skip_duplicate_check and self._known(entry):
            return None
        if not self._enabled() or self._throttled(entry):
            return None
        self._look_around(entry)
        return self._store(entry)

    def _guard(self, message: str, stack: str) -> str:
        return front.generate_duplicate_guard(self.source, message, self.error_type, stack)

    def _priority(self) -> TicketPriority:
        try:
            return TicketPriority(self.priority) if self.priority else self._by_words()
        except ValueError:
            return self._by_words()

    def _by_words(self) -> TicketPriority:
        return front.classify_priority(self.error_type, self.message, self.source)

    def _known(self, entry: ActifixEntry) -> bool:
        """Whether an equal error has a ticket, which then counts this one. What an older version made of the text with
        its secrets is looked for too."""
        try:
            repo = _repository()
            for guard in dict.fromkeys((entry.duplicate_guard, self._guard(self.message, self.stack_trace))):
                found = repo.check_duplicate_guard(guard)
                if found and not found.get("deleted"):
                    repo.count_duplicate(replace(entry, duplicate_guard=guard))
                    return True
        except Exception as error:
            _log.warning("It could not be looked up whether the error is known: %s", error)
        return False

    def _enabled(self) -> bool:
        global _said_off
        word = os.environ.get(front.ACTIFIX_CAPTURE_ENV_VAR, "").strip().lower()
        enabled = front._capture_state(get_config().capture_enabled)
        if self.paths_given and not word:
            enabled = True
        if not enabled and _said_off < _SAID_OFF:
            _said_off += 1
            _log.debug("Capture is off (%s): %s", front.ACTIFIX_CAPTURE_ENV_VAR, self.message)
        return enabled

    def _throttled(self, entry: ActifixEntry) -> bool:
        from ..security.ticket_throttler import TicketThrottleError, get_ticket_throttler

        try:
            get_ticket_throttler().check_throttle(entry.priority.value)
            return False
        except TicketThrottleError as error:
            _log.warning("Held back: %s", error)
            log_event("TICKET_THROTTLED", str(error), source=self.source, level="WARNING")
            return True

    def _look_around(self, entry: ActifixEntry) -> None:
        minimal = entry.priority.value in around.MINIMAL_CONTEXT_PRIORITIES and not self.force_context
        full = self.capture_context and not minimal
        if full:
            entry.file_context = around.capture_file_context(self.source)
            entry.system_state = around.capture_system_state()
        else:
            entry.system_state = {"path_cache": around.path_cache()}
        entry.system_state["context_control"] = {
            "requested": self.capture_context,
            "effective": full,
            "priority_gate": minimal,
            "force_context": self.force_context,
            "token_savings_estimate": 0 if full else around.CONTEXT_TRUNCATION_CHARS // 4,
        }
        if self.skip_ai_notes:
            return
        notes, figures = preview_ai_remediation_notes(entry)
        entry.ai_remediation_notes = notes
        entry.system_state["ai_remediation_metrics"] = figures
        if os.environ.get(around.AI_REMEDIATION_DRY_RUN_ENV, "").strip().lower() in ON:
            entry.system_state["ai_remediation_preview"] = notes

    def _store(self, entry: ActifixEntry) -> Optional[ActifixEntry]:
        try:
            repo = _repository()
            made = _created(repo, entry)
        except Exception as error:
            _log.error("The database could not take %s, so it goes into the spool: %s", entry.entry_id, error)
            return spooled(entry, self.paths)
        if made is not None:
            self._after(repo, made)
        return made

    def _after(self, repo: Any, entry: ActifixEntry) -> None:
        """What follows a new ticket; nothing of it undoes the ticket."""
        from ..security.ticket_throttler import get_ticket_throttler
        from ..webhooks import send_ticket_alert_webhook, send_ticket_created_webhook

        told = {"priority": entry.priority.value, "error_type": entry.error_type, "run_label": entry.run_label}
        get_ticket_throttler().record_ticket(entry.priority.value, entry.entry_id, entry.error_type)
        log_event(
            "TICKET_CREATED",
            f"Created ticket {entry.entry_id}",
            ticket_id=entry.entry_id,
            extra=told,
            source=entry.source,
            correlation_id=entry.correlation_id,
        )
        ticket = entry.to_dict()
        for send in (send_ticket_created_webhook, send_ticket_alert_webhook):
            try:
                send(ticket)
            except Exception as error:
                _log.warning("A notice was not sent: %s", error)
        try:
            Spool(self.paths).replay(repo)
        except Exception as error:
            _log.warning("The spool could not be replayed: %s", error)


def _created(repo: Any, entry: ActifixEntry) -> Optional[ActifixEntry]:
    """The entry when a ticket was made of it. An id that is taken is drawn again; a guard that is known counts, and makes
    a new ticket only when the known one was deleted."""
    for _ in range(_DRAWS):
        if _fitting(repo, entry):
            return entry
        found = repo.check_duplicate_guard(entry.duplicate_guard)
        if found:
            counted = repo.count_duplicate(entry)
            entry.entry_id = counted.id if counted.new else entry.entry_id
            return entry if counted.new else None
        entry.entry_id = front.generate_entry_id()
    raise RuntimeError("no free id was found")


def _fitting(repo: Any, entry: ActifixEntry) -> bool:
    """Creates the ticket, with texts that are too long cut, since an error that is refused for ever would be lost."""
    try:
        made: bool = repo.create_ticket(entry)
        return made
    except ticket_limits.FieldLengthError:
        most = ticket_limits.limits(getattr(repo, "config", None))
        texts: dict[str, Any] = {
            name: around.cut(getattr(entry, name), limit) for name, limit in most.items() if getattr(entry, name)
        }
        again: bool = repo.create_ticket(dataclasses.replace(entry, file_context={}, **texts))
        return again


def _repository() -> Any:
    from ..persistence import ticket_repo

    return ticket_repo.get_ticket_repository()


def _correlation_id() -> Optional[str]:
    """What the program has put on ``threading``, or on the exception in flight."""
    given = getattr(threading, "actifix_correlation_id", None)
    if given:
        return str(given)
    carried = getattr(sys.exc_info()[1], "correlation_id", None)
    return str(carried) if carried else None
