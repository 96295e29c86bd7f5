"""The pytest plugin: with ``--actifix`` (or ``actifix = true`` in the configuration) failing tests become tickets.

A test's ticket is found again by its node id, so a test that fails a hundred times is one ticket.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional

if TYPE_CHECKING:
    import pytest

    from ._store import Store


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("actifix")
    group.addoption(
        "--actifix", action="store_true", default=None, help="record failing tests as tickets"
    )
    group.addoption(
        "--actifix-db",
        metavar="PATH",
        default=None,
        help="the database; the one that `actifix` would find when not said",
    )
    parser.addini("actifix", "record failing tests as tickets", type="bool", default=False)


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        return  # a worker of xdist: its reports come to the one who runs it
    asked = config.getoption("--actifix")
    if asked or (asked is None and config.getini("actifix")):
        config.pluginmanager.register(_Recorder(config.getoption("--actifix-db")), "actifix-recorder")


class _Recorder:
    """Records what fails. A database that cannot be written is told of at the end and fails no test."""

    def __init__(self, path: Optional[str]) -> None:
        self._path = path
        self._store: Optional[Store] = None
        self._tickets: list[str] = []
        self._failed: Optional[Exception] = None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if not report.failed:
            return
        try:
            self._record(report)
        except Exception as error:
            self._failed = self._failed or error

    def _record(self, report: pytest.TestReport) -> None:
        from . import _report, open

        if self._store is None:
            self._store = open(self._path)
        crash = getattr(report.longrepr, "reprcrash", None)
        message = getattr(crash, "message", None) or report.longreprtext or "failed"
        kind, _, _ = message.partition(":")
        path, line, _ = report.location
        recorded = self._store.record(
            _report.clean(message.strip() or "failed", _report.MESSAGE),
            type=_report.clean(kind, _report.TYPE) if kind.isidentifier() else "TestFailure",
            source=_report.clean(f"{path}:{(line or 0) + 1}", _report.SOURCE, keep_end=True),
            stack=_report.clean(report.longreprtext, _report.STACK, keep_end=True),
            fingerprint=_report.clean(f"pytest:{report.nodeid}", _report.MESSAGE),
            tags={"test": _report.clean(report.nodeid, 200, keep_end=True), "when": report.when or "call"},
        )
        self._tickets.append(recorded.id)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if self._failed is not None:
            terminalreporter.write_line(f"actifix: not recorded: {self._failed}", red=True)
        elif self._tickets:
            terminalreporter.write_line(f"actifix: {len(set(self._tickets))} tickets: {', '.join(dict.fromkeys(self._tickets))}")

    def pytest_unconfigure(self) -> None:
        if self._store is not None:
            self._store.close()
