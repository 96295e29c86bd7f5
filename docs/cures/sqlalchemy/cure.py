"""Three threads, three tickets, SQLAlchemy: `python cure.py before` fails, `python cure.py after` does not."""

import os
import sqlite3
import sys
import tempfile
import threading

from sqlalchemy import create_engine, event, text
from sqlalchemy.exc import OperationalError

ROUNDS = 20


# ANCHOR: before
def before(engine):
    @event.listens_for(engine, "begin")
    def begin(connection):
        connection.exec_driver_sql("BEGIN")  # a reader, until it writes
# ANCHOR_END: before


# ANCHOR: after
def after(engine):
    @event.listens_for(engine, "begin")
    def begin(connection):
        # Transactions that only read ask for nothing: connection.execution_options(reads=True)
        reads = connection.get_execution_options().get("reads", False)
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
# ANCHOR_END: after


def engine_for(path, cure):
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def connected(connection, _record):
        # Python's driver begins no transactions of its own; the listener above begins all of them.
        connection.isolation_level = None

    cure(engine)
    return engine


def play(cure, folder, number):
    path = os.path.join(folder, f"{number}.db")
    with sqlite3.connect(path) as keeper:
        keeper.executescript(
            "PRAGMA journal_mode = WAL; CREATE TABLE tickets(id INTEGER PRIMARY KEY, holder TEXT);"
            "INSERT INTO tickets(id) VALUES (1), (2), (3)"
        )
    keeper.close()
    engine = engine_for(path, cure)
    barrier, errors = threading.Barrier(3), []

    def worker(ticket):
        try:
            with engine.connect() as connection:
                barrier.wait()
                with connection.begin():
                    asked = text("SELECT holder IS NULL FROM tickets WHERE id = :id")
                    if connection.execute(asked, {"id": ticket}).scalar():
                        lock = text("UPDATE tickets SET holder = 'me' WHERE id = :id")
                        connection.execute(lock, {"id": ticket})
        except OperationalError as error:
            errors.append(str(error.orig))

    threads = [threading.Thread(target=worker, args=(ticket,)) for ticket in (1, 2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with engine.connect() as keeper:
        locked = keeper.execute(text("SELECT count(holder) FROM tickets")).scalar()
    engine.dispose()
    return locked, errors


def main():
    cure = {"before": before, "after": after}[sys.argv[1]]
    with tempfile.TemporaryDirectory() as folder:
        played = [play(cure, folder, number) for number in range(ROUNDS)]
    locked, errors = sum(locked for locked, _ in played), sorted({error for _, all_ in played for error in all_})
    print(f"{sys.argv[1]}: {locked}/{3 * ROUNDS} locks", *errors, sep="; ")
    sys.exit(locked != 3 * ROUNDS)


if __name__ == "__main__":
    main()
