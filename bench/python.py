"""The Python package against the statements of the Python system on the standard `sqlite3`, in one run.

Each figure is the median of five rounds of SECONDS each, the two systems in turn. Usage: python.py [SECONDS]; run by `cargo xtask bench python`, in an environment with the release wheel.
"""

import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import actifix
from standin import StandIn

SECONDS = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
ROUNDS = 5
STACK = 'Traceback (most recent call last):\n  File "app.py", line 31, in load\n    row["age"]\nValueError: no such column'


class Ours:
    """The package, behind the same calls."""

    def __init__(self, path):
        self._store = actifix.open(path, open_tickets=0)

    def record(self, message, kind, source, stack):
        return self._store.record(message, type=kind, source=source, stack=stack, fingerprint=message).id

    def acquire(self, ticket, who):
        return self._store.acquire(ticket, who)

    def release(self, work):
        work.release()

    def next(self, who):
        return self._store.claim(who)

    def give_back(self, work):
        work.release()

    def fill(self, count):
        lines = (json.dumps({"message": f"no such column {n}", "error_type": "ValueError", "source": "app.py:31", "fingerprint": str(n)}) for n in range(count))
        command = [sys.executable, "-m", "actifix", "--db", self._store.path, "import", "-", "--json"]
        limits = {**os.environ, "ACTIFIX_MAX_OPEN_TICKETS": "0"}
        subprocess.run(command, input="\n".join(lines), text=True, check=True, env=limits, stdout=subprocess.DEVNULL)


def fresh(system, open_tickets=0):
    made = system(os.path.join(tempfile.mkdtemp(dir=FOLDER), "actifix.db"))
    if open_tickets:
        made.fill(open_tickets)
    return made


def rate(call, seconds=SECONDS, most=10**9):
    """Calls a second."""
    for n in range(20):
        call(n)
    begun, calls = time.perf_counter(), 0
    while calls < most and time.perf_counter() - begun < seconds:
        call(20 + calls)
        calls += 1
    return calls / (time.perf_counter() - begun)


def cycle(store, ticket, who):
    store.release(store.acquire(ticket, who))


def one_thread(system):
    store = fresh(system)
    ticket = store.record("a ticket", "ValueError", "app.py:31", STACK)
    cycles = rate(lambda n: cycle(store, ticket, "agent-1"))
    store = fresh(system)
    records = rate(lambda n: store.record(f"no such column {n} {os.urandom(4).hex()}", "ValueError", "app.py:31", STACK))
    store = fresh(system, 1_000)
    claims = rate(lambda n: store.next("agent-1"), most=900)
    return {"acquire + release": cycles, "record": records, "claim-next, 1,000 open": claims}


def served(counts, longest):
    return {"rate": sum(counts) / SECONDS, "least/most": min(counts) / max(1, max(counts)), "longest wait, s": max(longest)}


def loop(store, ticket, who, seconds):
    """Cycles for so long; how many, and the longest."""
    done, longest, until = 0, 0.0, time.perf_counter() + seconds
    while (begun := time.perf_counter()) < until:
        cycle(store, ticket, who)
        done, longest = done + 1, max(longest, time.perf_counter() - begun)
    return done, longest


def threads(system, count):
    store = fresh(system)
    tickets = [store.record(f"ticket {n}", "ValueError", "app.py:31", STACK) for n in range(count)]
    barrier, got = threading.Barrier(count), [(0, SECONDS)] * count

    def run(n):
        barrier.wait()
        got[n] = loop(store, tickets[n], f"agent-{n}", SECONDS)

    crew = [threading.Thread(target=run, args=(n,)) for n in range(count)]
    for one in crew:
        one.start()
    for one in crew:
        one.join()
    return served(*zip(*got))


def in_a_process(system, path, ticket, n, line, barrier, answers):
    os.environ["ACTIFIX_LINE"] = line
    store = system(path)
    # One leads when it has been writing for a second.
    loop(store, ticket, f"agent-{n}", 1.5 if line == "auto" else 0.1)
    barrier.wait()
    answers.put(loop(store, ticket, f"agent-{n}", SECONDS))


def processes(system, count, line):
    context = multiprocessing.get_context("spawn")
    path = os.path.join(tempfile.mkdtemp(dir=FOLDER), "actifix.db")
    store = system(path)
    tickets = [store.record(f"ticket {n}", "ValueError", "app.py:31", STACK) for n in range(count)]
    barrier, answers = context.Barrier(count), context.Queue()
    crew = [context.Process(target=in_a_process, args=(system, path, tickets[n], n, line, barrier, answers)) for n in range(count)]
    for one in crew:
        one.start()
    got = [answers.get() for _ in crew]
    for one in crew:
        one.join()
    return served(*zip(*got))


def claim_next(store):
    """Claims a second, of a ticket that is given back each time."""
    spans = []
    for n in range(100):
        begun = time.perf_counter()
        work = store.next("agent-1")
        spans.append(time.perf_counter() - begun)
        store.give_back(work)
    return 1 / statistics.median(spans)


def rounds(*measures):
    """Each measure's figures, by name, in its median; the measures take turns."""
    taken = [[measure() for measure in measures] for _ in range(ROUNDS)]
    return [{name: statistics.median(one[k][name] for one in taken) for name in taken[0][k]} for k in range(len(measures))]


def row(name, ours, theirs, bound):
    print(f"{name:<46}{ours:>10,.2f}{theirs:>12,.2f}{ours / theirs if theirs else float('inf'):>9.2f}  {bound}", flush=True)


def flat(system, few, many):
    stores = [fresh(system, few), fresh(system, many)]
    return [one["rate"] for one in rounds(*(lambda store=store: {"rate": claim_next(store)} for store in stores))]


def main():
    print(f"{'':<46}{'package':>10}{'stand-in':>12}{'ratio':>9}  asked for")
    ours, theirs = rounds(lambda: one_thread(Ours), lambda: one_thread(StandIn))
    for name, bound in zip(ours, ["0.8", "1.5", "1.2"]):
        row(f"1 thread: {name}, a second", ours[name], theirs[name], f"at least {bound}")
    crews = [
        (threads, 8, "8 threads", "at least 2.5"),
        (threads, 32, "32 threads", "at least 5"),
        (lambda system, count: processes(system, count, "gate"), 16, "16 processes, gate", "at least 0.6"),
        (lambda system, count: processes(system, count, "auto"), 16, "16 processes, shared line", "at least 2.5"),
    ]
    for run, count, name, bound in crews:
        ours, theirs = rounds(lambda: run(Ours, count), lambda: run(StandIn, count))
        row(f"{name}: cycles a second", ours["rate"], theirs["rate"], bound)
        for word, wanted in [("least/most", "at least 0.7" if count == 8 else ""), ("longest wait, s", "")]:
            row(f"{name}: {word}", ours[word], theirs[word], wanted)
    row("claim-next: 100 open by 100,000", *flat(Ours, 100, 100_000), "at most 1.2")
    row("stand-in: 1,000 open by 5,000", *flat(StandIn, 1_000, 5_000), "")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(dir=os.environ.get("ACTIFIX_BENCH_DIR")) as FOLDER:
        main()
