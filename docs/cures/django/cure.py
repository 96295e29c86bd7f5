"""Three threads, three tickets, Django: `python cure.py before` fails, `python cure.py after` does not."""

import os
import sys
import tempfile
import threading

import django
from django.conf import settings

ROUNDS = 20

# ANCHOR: before
BEFORE = {
    "timeout": 30,  # atomic() begins with BEGIN: a reader, until it writes
}
# ANCHOR_END: before

# ANCHOR: after
AFTER = {
    "timeout": 30,
    "transaction_mode": "IMMEDIATE",  # since Django 5.1: atomic() begins with BEGIN IMMEDIATE
}
# ANCHOR_END: after


def play(number):
    from django.db import OperationalError, connections, transaction

    table = f"tickets_{number}"
    with connections["default"].cursor() as cursor:
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute(f"CREATE TABLE {table}(id INTEGER PRIMARY KEY, holder TEXT)")
        cursor.execute(f"INSERT INTO {table}(id) VALUES (1), (2), (3)")
    barrier, errors = threading.Barrier(3), []

    def worker(ticket):
        connection = connections["default"]  # one for each thread
        try:
            connection.ensure_connection()
            barrier.wait()
            with transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute(f"SELECT holder IS NULL FROM {table} WHERE id = %s", [ticket])
                    if cursor.fetchone()[0]:
                        cursor.execute(f"UPDATE {table} SET holder = 'me' WHERE id = %s", [ticket])
        except OperationalError as error:
            errors.append(str(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=worker, args=(ticket,)) for ticket in (1, 2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with connections["default"].cursor() as cursor:
        cursor.execute(f"SELECT count(holder) FROM {table}")
        return cursor.fetchone()[0], errors


def main():
    options = {"before": BEFORE, "after": AFTER}[sys.argv[1]]
    with tempfile.TemporaryDirectory() as folder:
        database = {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": os.path.join(folder, "cure.db"),
            "OPTIONS": options,
        }
        settings.configure(DATABASES={"default": database})
        django.setup()
        played = [play(number) for number in range(ROUNDS)]
        django.db.connections.close_all()
    locked, errors = sum(locked for locked, _ in played), sorted({error for _, all_ in played for error in all_})
    print(f"{sys.argv[1]}: {locked}/{3 * ROUNDS} locks", *errors, sep="; ")
    sys.exit(locked != 3 * ROUNDS)


if __name__ == "__main__":
    main()
