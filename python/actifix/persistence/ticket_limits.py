"""How long the fields of a ticket may be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Optional

from .fields import serialize_json_field

MAX_MESSAGE_LENGTH = 5000
MAX_SOURCE_LENGTH = 500
MAX_ERROR_TYPE_LENGTH = 200
MAX_STACK_TRACE_LENGTH = 50000
MAX_FIELD_LENGTH = 50000


class FieldLengthError(ValueError):
    """A field is over its limit."""


class OpenTicketLimitExceededError(Exception):
    """As many tickets are open as may be."""


def _validate_field_length(value: Optional[str], max_length: int, field_name: str) -> None:
    """Raises :class:`FieldLengthError` for more than ``max_length`` characters."""
    if value and len(value) > max_length:
        raise FieldLengthError(
            f"Field '{field_name}' exceeds maximum length of {max_length} chars (got {len(value)} chars)"
        )


def _validate_file_context_size(ctx: Any, max_bytes: int, field_name: str = "file_context") -> None:
    """Raises :class:`FieldLengthError` for more than ``max_bytes`` of JSON."""
    text = serialize_json_field(ctx) if ctx else None
    if text and len(text.encode("utf-8")) > max_bytes:
        raise FieldLengthError(f"Field '{field_name}' exceeds maximum size of {max_bytes} bytes")


def limits(config: Any) -> Mapping[str, int]:
    """Each field's most characters; the message's can be set."""
    return {
        "message": getattr(config, "max_ticket_message_length", MAX_MESSAGE_LENGTH),
        "source": MAX_SOURCE_LENGTH,
        "error_type": MAX_ERROR_TYPE_LENGTH,
        "stack_trace": MAX_STACK_TRACE_LENGTH,
        "ai_remediation_notes": MAX_FIELD_LENGTH,
    }


def check(fields: Mapping[str, Any], config: Any) -> None:
    """Judges the fields that are there."""
    for name, most in limits(config).items():
        value = fields.get(name)
        if isinstance(value, str):
            _validate_field_length(value, most, name)
    most = getattr(config, "max_file_context_size_bytes", 1 << 20)
    _validate_file_context_size(fields.get("file_context"), most)
