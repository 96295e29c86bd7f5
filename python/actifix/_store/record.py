"""Reports come in, and tasks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Optional, Union

from .. import _report
from .._types import Priority, Recorded, Span
from .given import as_dict, as_json
from .opened import Opened


class Recording(Opened):
    """Records errors and adds tasks."""

    def record(
        self,
        message: Union[str, BaseException],
        *,
        type: Optional[str] = None,
        source: Optional[str] = None,
        priority: Optional[Priority] = None,
        stack: Optional[str] = None,
        fingerprint: Optional[str] = None,
        tags: Optional[Mapping[str, str]] = None,
        context: Optional[Mapping[str, Any]] = None,
        project: Optional[str] = None,
        environment: Optional[str] = None,
        release: Optional[str] = None,
        correlation_id: Optional[str] = None,
        occurred_at: Optional[datetime] = None,
        user: Optional[str] = None,
        request_id: Optional[str] = None,
    ) -> Recorded:
        """Records an error: makes a ticket, or counts one more occurrence of an equal report.

        :param message: what happened; or an exception, which brings its type, place and stack along.
        :param type: the error's type.
        :param source: ``FILE:LINE``.
        :param priority: judged by its words when not said.
        :param stack: the stack as text.
        :param fingerprint: what makes errors equal, in the caller's words.
        :param context: what was around it: JSON.
        :param request_id: names the call, so that repeating it counts once.
        :raises TooManyOpen: as many tickets are open as the limit allows.
        """
        if isinstance(message, BaseException):
            told = _report.of_exception(message)
            message, type = told.message, type or told.type
            source, stack = source or told.source, stack or told.stack
        return self._core.record(
            message,
            kind="error",
            error_type=type,
            source=source,
            priority=priority,
            stack=stack,
            fingerprint=fingerprint,
            project=project or self._project,
            tags=as_dict(tags),
            environment=environment,
            release=release,
            correlation_id=correlation_id,
            occurred_at=occurred_at,
            context=as_json(context),
            user=user,
            request_id=request_id,
        )

    def add(
        self,
        title: str,
        *,
        body: Optional[str] = None,
        key: Optional[str] = None,
        priority: Optional[Priority] = None,
        payload: Any = None,
        tags: Optional[Mapping[str, str]] = None,
        project: Optional[str] = None,
        correlation_id: Optional[str] = None,
        not_before: Optional[Span] = None,
        request_id: Optional[str] = None,
    ) -> Recorded:
        """Adds a task.

        :param key: what makes tasks equal; without one they never are.
        :param payload: what its worker needs: JSON.
        :param not_before: nobody claims it before so long from now.
        """
        return self._core.record(
            title,
            kind="task",
            body=body,
            fingerprint=key,
            priority=priority,
            payload=as_json(payload),
            tags=as_dict(tags),
            project=project or self._project,
            correlation_id=correlation_id,
            not_before=not_before,
            request_id=request_id,
        )
