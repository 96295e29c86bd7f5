"""Cycles a second of honker's batch call, at synchronous=FULL; one JSON object on stdout.

Usage: honker.py DATABASE JOBS BATCH BYTES IN_FLIGHT

Its wheel fixes synchronous=NORMAL, and SQLite does not change it inside a transaction. So the transaction that honker
lends is ended by hand, the PRAGMA set on its one writing connection, and another transaction begun; at the end of the
run it is read back.
"""

import json
import sys
import time

import honker


def set_full(db):
    with db.transaction() as tx:
        tx.execute("COMMIT")
        tx.query("PRAGMA synchronous=FULL")
        tx.execute("BEGIN IMMEDIATE")


def synchronous(db):
    with db.transaction() as tx:
        return tx.query("PRAGMA synchronous")[0]["synchronous"]


def fill(db, queue, jobs, size):
    """Enqueues so many jobs whose payload has `size` bytes as JSON."""
    for start in range(0, jobs, 1000):
        with db.transaction() as tx:
            for number in range(start, min(start + 1000, jobs)):
                head = f"no such column: age_{number} while saving "
                queue.enqueue(head + "x" * (size - 2 - len(head)), tx=tx)


def cycles(queue, jobs, batch):
    for _ in range(jobs // batch):
        claimed = queue.claim_batch("agent-0", batch)
        assert len(claimed) == batch, "too few jobs"
        assert queue.ack_batch([job.id for job in claimed], "agent-0") == batch, "a claim was lost"


def main():
    path, numbers = sys.argv[1], [int(word) for word in sys.argv[2:]]
    jobs, batch, size, in_flight = numbers
    jobs -= jobs % batch
    db = honker.open(path)
    queue = db.queue("bench", visibility_timeout_s=3600)
    fill(db, queue, in_flight + jobs + batch, size)
    set_full(db)
    held = 0
    while held < in_flight:
        held += len(queue.claim_batch("holder", min(1000, in_flight - held)))
    cycles(queue, batch, batch)
    start = time.perf_counter()
    cycles(queue, jobs, batch)
    seconds = time.perf_counter() - start
    print(json.dumps({"rate": jobs / seconds, "synchronous": synchronous(db)}))


main()
