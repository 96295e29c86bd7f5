"""Three threads, three tickets, Python's own sqlite3: `python cure.py before` fails, `python cure.py after` does not."""

import os
import sqlite3
import sys
import tempfile
import threading

ROUNDS = 20


# ANCHOR: before
def before(connection, ticket, name):
    connection.execute("BEGIN")  # a reader, until it writes
    free = connection.execute("SELECT holder IS NULL FROM tickets WHERE id = ?", (ticket,)).fetchone()[0]
    if free:
        connection.execute("UPDATE tickets SET holder = ? WHERE id = ?", (name, ticket))
    connection.execute("COMMIT")
# ANCHOR_END: before


# ANCHOR: after
def after(connection, ticket, name):
    connection.execute("BEGIN IMMEDIATE")  # the write lock first; the busy timeout counts here
    free = connection.execute("SELECT holder IS NULL FROM tickets WHERE id = ?", (ticket,)).fetchone()[0]
    if free:
        connection.execute("UPDATE tickets SET holder = ? WHERE id = ?", (name, ticket))
    connection.execute("COMMIT")
# ANCHOR_END: after


def connect(path):
    # isolation_level=None: no transaction begins unless it is written. timeout is the busy timeout.
    return sqlite3.connect(path, timeout=30, isolation_level=None)


def play(lock, folder, number):
    path = os.path.join(folder, f"{number}.db")
    keeper = connect(path)
    keeper.executescript("PRAGMA journal_mode = WAL; CREATE TABLE tickets(id INTEGER PRIMARY KEY, holder TEXT)")
    keeper.executemany("INSERT INTO tickets(id) VALUES(?)", [(1,), (2,), (3,)])
    barrier, errors = threading.Barrier(3), []

    def worker(ticket):
        connection = connect(path)
        try:
            connection.execute("SELECT count(*) FROM tickets").fetchone()
            barrier.wait()
            lock(connection, ticket, f"worker {ticket}")
        except sqlite3.OperationalError as error:
            errors.append(str(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=worker, args=(ticket,)) for ticket in (1, 2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    locked = keeper.execute("SELECT count(holder) FROM tickets").fetchone()[0]
    keeper.close()
    return locked, errors


def main():
    lock = {"before": before, "after": after}[sys.argv[1]]
    with tempfile.TemporaryDirectory() as folder:
        played = [play(lock, folder, number) for number in range(ROUNDS)]
    locked, errors = sum(locked for locked, _ in played), sorted({error for _, all_ in played for error in all_})
    print(f"{sys.argv[1]}: {locked}/{3 * ROUNDS} locks", *errors, sep="; ")
    sys.exit(locked != 3 * ROUNDS)


if __name__ == "__main__":
    main()
