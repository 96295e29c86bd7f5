"""Processes share a database: spawned, forked and killed ones."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any, Optional

import pytest

import actifix

from programs import Program, line


def _take(path: str, number: int) -> str:
    with actifix.open(path) as store:
        return store.claim(f"agent-{number}", wait=60).id


def _take_by_the_parents(number: int) -> str:
    """In a forked child: with the store that the parent opened."""
    assert _shared is not None
    return _shared.claim(f"agent-{number}", wait=60).id


_shared: Optional[actifix.Store] = None


def test_spawned_processes_get_a_ticket_each(store: actifix.Store) -> None:
    for n in range(8):
        store.add(f"task {n}")
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        got = pool.starmap(_take, [(store.path, n) for n in range(8)])
    assert len(set(got)) == 8


def test_forked_processes_open_the_parents_store_afresh(store: actifix.Store) -> None:
    global _shared
    for n in range(8):
        store.add(f"task {n}")
    _shared = store
    try:
        with multiprocessing.get_context("fork").Pool(4) as pool:
            got = pool.map(_take_by_the_parents, range(8))
    finally:
        _shared = None
    assert len(set(got)) == 8
    # The parent goes on, too.
    store.add("after the fork")
    assert store.verify().ok


def test_a_child_of_a_busy_parent_works_and_so_does_the_parent(program: Program, path: Path) -> None:
    """Forks in the middle of everything: 8 threads write and wait, and 20 children do the same."""
    busy = program(
        """
        import os, sys, threading
        import actifix
        store = actifix.open(sys.argv[1])
        over = threading.Event()
        def write(n):
            while not over.is_set():
                store.record(f"error", fingerprint=f"thread {n}")
                store.claim_many(1, "nobody", kind="task", wait=0.001)
                list(store.list())
        threads = [threading.Thread(target=write, args=(n,)) for n in range(8)]
        for thread in threads: thread.start()
        ended = []
        for n in range(20):
            child = os.fork()
            if child == 0:
                try:
                    for _ in range(3): store.record("error", fingerprint=f"child {n}")
                    os._exit(0)
                except BaseException as error:
                    sys.stderr.write(repr(error)); sys.stderr.flush()
                    os._exit(1)
            ended.append(os.waitpid(child, 0)[1])
        over.set()
        for thread in threads: thread.join()
        assert store.verify().ok
        print(ended, flush=True)
        """
    )
    said, told = busy.communicate(timeout=300)
    assert said.strip() == str([0] * 20), told
    with actifix.open(path) as store:
        children = [t for t in store.list() if (t.fingerprint or "").startswith("child")]
        assert len(children) == 20 and all(t.occurrences == 3 for t in children)


def test_a_child_waits_for_no_thread_of_its_parent(program: Program) -> None:
    """Forks while a thread looks for the class of its answer, for the first time in this process."""
    first = program(
        """
        import os, signal, sys, threading
        import actifix
        from actifix import _types
        store = actifix.open(sys.argv[1])
        looks, go = threading.Event(), threading.Event()
        stats = _types.Stats
        del _types.Stats
        def find(name):
            if name != "Stats": raise AttributeError(name)
            looks.set(); go.wait()
            return stats
        _types.__getattr__ = find
        thread = threading.Thread(target=store.stats)
        thread.start()
        looks.wait()
        child = os.fork()
        if child == 0:
            signal.alarm(30)
            _types.Stats = stats
            store.stats()
            os._exit(0)
        print(os.waitpid(child, 0)[1], flush=True)
        go.set()
        thread.join()
        print(store.stats().open, flush=True)
        """
    )
    said, told = first.communicate(timeout=60)
    assert said.split() == ["0", "0"], told


def test_no_lock_of_the_drop_in_stays_shut_in_a_child(program: Program) -> None:
    """Forks while another thread has every lock of the modules that were the Python system's."""
    holds = program(
        """
        import os, signal, sys, threading
        os.environ.update(ACTIFIX_DB_PATH=sys.argv[1], ACTIFIX_CHANGE_ORIGIN="raise_af")
        from actifix import _fork
        from actifix.persistence import file_rules
        file_rules.DANGEROUS_PATH_PATTERNS = ()  # the test's folder is a temporary one
        os.chdir(os.path.dirname(sys.argv[1]))  # where it makes its folders
        from actifix.persistence.ticket_repo import get_ticket_repository
        from actifix.raise_af import record_error
        def use(name):
            entry = record_error("a failure of " + name, "app.py:1", "drop-in", priority="P2")
            repo = get_ticket_repository()
            assert repo.acquire_lock(entry.entry_id, name) is not None
            assert repo.release_lock(entry.entry_id, name)
        use("the parent")
        held, go = threading.Event(), threading.Event()
        def hold():
            for owner in list(_fork._owners): owner._lock.acquire()
            held.set(); go.wait()
            for owner in list(_fork._owners): owner._lock.release()
        thread = threading.Thread(target=hold)
        thread.start()
        held.wait()
        child = os.fork()
        if child == 0:
            signal.alarm(30)
            use("the child")
            os._exit(0)
        print(len(_fork._owners) > 1, os.waitpid(child, 0)[1], flush=True)
        go.set()
        thread.join()
        use("the parent again")
        """
    )
    said, told = holds.communicate(timeout=60)
    assert said.split() == ["True", "0"] and holds.returncode == 0, told


PARENT = """
    import os, sys, time
    import actifix
    store = actifix.open(sys.argv[1])
    for n in range(3): store.add(f"task {n}")
    child = os.fork()
    if child == 0:
        os.close(0)
        time.sleep(600)
        os._exit(0)
    print(child, flush=True)
    import threading
    def write():
        while True: store.record("an error", fingerprint="x")
    for _ in range(4): threading.Thread(target=write, daemon=True).start()
    if len(sys.argv) > 2:
        # A child of a thread, while the others commit.
        time.sleep(0.2)
        late = os.fork()
        if late == 0:
            time.sleep(600)
            os._exit(0)
        print(late, flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize("late", [[], ["late"]])
def test_the_gate_of_a_killed_parent_opens_though_its_child_lives(
    program: Program, path: Path, late: list[str]
) -> None:
    parent = program(PARENT, *late)
    children = [int(line(parent)) for _ in range(1 + len(late))]
    try:
        for _ in range(20):
            parent.send_signal(signal.SIGSTOP)
            if _holds_the_gate(parent.pid, path):
                break
            parent.send_signal(signal.SIGCONT)
            time.sleep(0.01)
        # Stopped wherever it stood, mostly inside of a commit, and killed there.
        parent.kill()
        parent.wait()
        with actifix.open(path, deadline=20) as store:
            assert store.claim("agent-1").ticket.message.startswith("task")
        for child in children:
            os.kill(child, 0)  # it lives
    finally:
        for child in children:
            os.kill(child, signal.SIGKILL)


def _holds_the_gate(pid: int, path: Path) -> bool:
    gate = os.stat(f"{path}-gate").st_ino
    with open("/proc/locks") as locks:
        return any("FLOCK" in held and str(pid) in held and f":{gate} " in held for held in locks)


def test_a_child_inherits_no_descriptor_of_the_gate(store: actifix.Store) -> None:
    store.add("a task")
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            own = [os.readlink(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd") if fd.isdigit() and os.path.exists(f"/proc/self/fd/{fd}")]
            os.write(write, "\n".join(one for one in own if one.startswith(store.path)).encode())
        finally:
            os._exit(0)
    os.close(write)
    os.waitpid(child, 0)
    with os.fdopen(read) as told:
        # Neither the gate nor the database: SQLite's memory of a parent is no use to a child.
        assert told.read() == ""


def test_a_child_that_leaves_the_parents_body_does_not_give_its_ticket_away(
    store: actifix.Store, evidence: dict[str, Any]
) -> None:
    store.add("a task")
    with store.claim("agent-1") as work:
        child = os.fork()
        if child == 0:
            status = 1
            try:
                with work:
                    pass
                try:
                    work.complete(**evidence)
                except actifix.Error:
                    status = 0
            finally:
                os._exit(status)
        assert os.waitpid(child, 0)[1] == 0
        work.complete(**evidence)
    assert store.get(work.id).status == "completed"


def test_the_lease_of_a_killed_worker_runs_out_and_another_gets_the_ticket(
    store: actifix.Store, program: Program
) -> None:
    ticket = store.add("a task").id
    worker = program(
        """
        import sys
        import actifix
        with actifix.open(sys.argv[1]).claim("agent-1", lease=3) as work:
            print(work.id, flush=True)
            sys.stdin.read()
        """
    )
    assert line(worker) == ticket
    # The background renews it, so that it outlives its first term.
    while sum(event.kind == "renewed" for event in store.events(ticket)) < 3:
        with pytest.raises(actifix.Held):
            store.acquire(ticket, "agent-2")
        time.sleep(0.05)
    worker.kill()
    assert store.claim("agent-2", wait=60).id == ticket
    kinds = [event.kind for event in store.events(ticket)]
    assert kinds[-2:] == ["expired", "claimed"]


def test_ctrl_c_ends_a_waiting_claim_and_leaves_no_lease(
    store: actifix.Store, program: Program
) -> None:
    waiting = program(
        """
        import sys
        import actifix
        store = actifix.open(sys.argv[1])
        print("waiting", flush=True)
        try:
            store.claim("agent-1", wait=3600)
        except KeyboardInterrupt:
            print("interrupted", flush=True)
        store.add("the store goes on")
        """
    )
    assert line(waiting) == "waiting"
    time.sleep(0.3)
    waiting.send_signal(signal.SIGINT)
    assert line(waiting) == "interrupted"
    assert waiting.wait(60) == 0
    assert store.claim("agent-2").ticket.message == "the store goes on"
    assert store.mine("agent-1") == []


def test_ctrl_c_ends_a_call_that_waits_for_the_write_lock(program: Program, path: Path) -> None:
    actifix.open(path).close()
    # A program without a gate: the standard module, in a process of its own.
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
    waiting = program(
        """
        import sys
        import actifix
        store = actifix.open(sys.argv[1])
        print("waiting", flush=True)
        try:
            store.add("never")
        except KeyboardInterrupt:
            print("interrupted", flush=True)
        """
    )
    assert line(waiting) == "waiting"
    time.sleep(0.3)
    waiting.send_signal(signal.SIGINT)
    assert line(waiting) == "interrupted"
    foreign.kill()
    foreign.wait()
    with actifix.open(path) as store:
        assert list(store.list()) == []


def test_busy_names_who_holds_the_lock(program: Program, path: Path) -> None:
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
    with actifix.open(path, deadline=0.3) as store:
        with pytest.raises(actifix.Busy) as busy:
            store.add("a task")
    assert busy.value.retryable and busy.value.waited.total_seconds() > 0
    assert busy.value.holder is not None and busy.value.holder.pid == foreign.pid
    assert isinstance(foreign, subprocess.Popen)
