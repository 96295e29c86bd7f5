"""Capture: hooks in programs that fail for real, and what is left when the database cannot be written."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

import actifix

from programs import Program, line


def ended(program: Program, text: str, code: int = 0) -> str:
    """Runs a program to its end; answers what it said on stderr."""
    process = program("import sys, actifix\n" + text)
    said, told = process.communicate(timeout=120)
    assert process.returncode == code, told
    return told


def tickets(path: Path) -> list[actifix.Ticket]:
    with actifix.open(path) as store:
        return [store.get(ticket.id) for ticket in store.list()]


def test_an_exception_that_ends_the_program(program: Program, path: Path) -> None:
    told = ended(
        program,
        """
sys.excepthook = lambda *what: print("the old hook", file=sys.stderr)
actifix.enable_capture(sys.argv[1], environment="test", tags={"team": "core"})
{}["age"]
""",
        code=1,
    )
    assert "the old hook" in told
    (ticket,) = tickets(path)
    assert (ticket.error_type, ticket.message) == ("KeyError", "'age'")
    assert (ticket.environment, ticket.tags["team"]) == ("test", "core")
    assert ticket.stack_trace is not None and '{}["age"]' in ticket.stack_trace


def test_ctrl_c_and_exit_are_no_errors(program: Program, path: Path) -> None:
    ended(program, "actifix.enable_capture(sys.argv[1])\nsys.exit(3)", code=3)
    ended(program, "actifix.enable_capture(sys.argv[1])\nraise KeyboardInterrupt", code=-2)
    assert tickets(path) == []


def test_an_exception_that_ends_a_thread(program: Program, path: Path) -> None:
    ended(
        program,
        """
import threading
actifix.enable_capture(sys.argv[1])
thread = threading.Thread(target=lambda: 1 / 0, name="the-worker")
thread.start()
thread.join()
""",
    )
    (ticket,) = tickets(path)
    assert (ticket.error_type, ticket.tags["thread"]) == ("ZeroDivisionError", "the-worker")


def test_an_exception_that_nobody_awaits(program: Program, path: Path) -> None:
    ended(
        program,
        """
import asyncio, gc
actifix.enable_capture(sys.argv[1])
async def fails():
    raise LookupError("nobody waits for me")
async def main():
    task = asyncio.ensure_future(fails())
    await asyncio.sleep(0.01)
    del task
    gc.collect()
asyncio.run(main())
""",
    )
    # Told to the loop, which logs it: counted once.
    (ticket,) = tickets(path)
    assert (ticket.error_type, ticket.occurrences) == ("LookupError", 1)


def test_what_is_logged(program: Program, path: Path) -> None:
    ended(
        program,
        """
import logging
actifix.enable_capture(sys.argv[1])
log = logging.getLogger("shop.orders")
log.warning("not that bad")
log.error("order %d is lost", 7)
try:
    int("age")
except ValueError as error:
    log.exception("cannot read the age")
    log.exception("and once more")
""",
    )
    found = {ticket.error_type: ticket for ticket in tickets(path)}
    assert set(found) == {"ERROR", "ValueError"}
    assert found["ERROR"].message == "order 7 is lost"
    assert found["ERROR"].tags["logger"] == "shop.orders"
    assert found["ValueError"].occurrences == 1


def test_the_program_goes_on_when_reporting_fails(program: Program) -> None:
    """Nothing of what can be odd about an exception, a record or the store leaves the hooks."""
    ended(
        program,
        """
import logging, threading
capture = actifix.enable_capture(sys.argv[1])
logging.raiseExceptions = False
class Odd(Exception):
    def __str__(self): raise RuntimeError("no text")
    def __setattr__(self, name, value): raise RuntimeError("no attributes")
for error in [Odd(), ValueError("\\udcff"), ValueError("x" * 10**6)]:
    capture.record(error)
logging.error("%d", "not a number")
logging.error(object())
capture.record(ValueError("bad fields"), priority="P9")
capture.record(ValueError("bad fields"), nonsense=5)
capture.flush()
print("went on")
""",
    )


def test_a_database_that_cannot_be_written_leaves_it_to_the_spool(
    program: Program, path: Path
) -> None:
    actifix.open(path).close()
    foreign = program(
        """
        import sqlite3, sys
        c = sqlite3.connect(sys.argv[1], isolation_level=None)
        c.execute("BEGIN IMMEDIATE")
        print("held", flush=True)
        sys.stdin.read()
        """
    )
    assert line(foreign) == "held"
    ended(program, "actifix.enable_capture(sys.argv[1])\n{}['age']", code=1)
    foreign.kill()
    foreign.wait()
    assert tickets(path) == []
    spooled = [json.loads(one) for one in Path(f"{path}-spool.jsonl").read_text().splitlines()]
    assert "KeyError" in json.dumps(spooled)
    # It comes in with the next report of anybody who captures.
    ended(
        program,
        "capture = actifix.enable_capture(sys.argv[1])\n"
        "import subprocess\n"
        "subprocess.run([sys.executable, '-m', 'actifix', '--db', sys.argv[1], 'record', '--message', 'next'], check=True)",
    )
    assert "KeyError" in [ticket.error_type for ticket in tickets(path)]


def test_children_report_too(program: Program, path: Path) -> None:
    ended(
        program,
        """
import logging, multiprocessing, os
capture = actifix.enable_capture(sys.argv[1])
logging.error("before the fork")
def child(n):
    logging.error("in a child", extra={"n": n})
if __name__ == "__main__":
    context = multiprocessing.get_context("fork")
    children = [context.Process(target=child, args=(n,)) for n in range(4)]
    for one in children: one.start()
    for one in children: one.join()
    assert [one.exitcode for one in children] == [0] * 4
""",
    )
    found = {ticket.message: ticket.occurrences for ticket in tickets(path)}
    assert found == {"before the fork": 1, "in a child": 4}


def test_secrets_in_local_variables_do_not_reach_the_disk(program: Program, path: Path) -> None:
    secret = "ghp_" + "a1B2" * 9
    ended(
        program,
        f"""
actifix.enable_capture(sys.argv[1], locals=True)
def fails():
    token, harmless = "{secret}", "a value"
    password = "hunter2hunter2"
    raise ValueError("no luck")
fails()
""",
        code=1,
    )
    (ticket,) = tickets(path)
    kept = json.dumps(ticket.context)
    assert "a value" in kept
    for file in path.parent.glob("actifix.db*"):
        assert secret.encode() not in file.read_bytes()
        assert b"hunter2hunter2" not in file.read_bytes()


def test_a_decorator_and_a_context_report_and_pass_on(store: actifix.Store) -> None:
    @actifix.capture(store=store, tags={"by": "decorator"})
    def plain() -> None:
        raise ValueError("plain")

    @actifix.capture(store=store)
    async def awaited() -> None:
        raise LookupError("awaited")

    with pytest.raises(ValueError):
        plain()
    with pytest.raises(LookupError):
        asyncio.run(awaited())
    with pytest.raises(ZeroDivisionError):
        with actifix.capturing(store, priority="P0"):
            1 / 0
    found = {ticket.error_type: ticket for ticket in store.list()}
    assert set(found) == {"ValueError", "LookupError", "ZeroDivisionError"}
    assert found["ZeroDivisionError"].priority == "P0"
    assert found["ValueError"].tags["by"] == "decorator"


def test_disabling_puts_everything_back(path: Path) -> None:
    import logging
    import sys
    import threading
    from asyncio.base_events import BaseEventLoop

    def hooked() -> tuple[object, ...]:
        return (
            sys.excepthook,
            threading.excepthook,
            BaseEventLoop.call_exception_handler,
            list(logging.getLogger().handlers),
        )

    before = hooked()
    with actifix.enable_capture(path):
        assert hooked() != before
    assert hooked() == before
