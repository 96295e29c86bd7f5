"""A file of the Python system, upgraded and read through the API."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import actifix

FILES = Path(__file__).parents[2] / "crates/actifix/tests/legacy"


@pytest.mark.parametrize("schema", [2, 5, 7])
def test_an_upgraded_file_is_read_and_worked_on(path: Path, schema: int) -> None:
    shutil.copy(FILES / f"actifix-schema-{schema}.db", path)
    with pytest.raises(actifix.Unsupported) as old:
        actifix.open(path)
    assert "actifix upgrade" in old.value.hint
    done = actifix.upgrade(path, as_="ann")
    assert done.from_schema == schema and done.tickets > 0
    assert done.backup is not None and done.backup.exists()
    assert actifix.upgrade(path).from_schema is None
    with actifix.open(path) as store:
        stats = store.stats()
        every = stats.open + stats.in_progress + stats.completed + stats.deleted
        assert every + stats.quarantined + stats.ignored == done.tickets
        assert store.verify().ok
        for ticket in store.list(full=True):
            story = store.show(ticket.id)
            assert story.ticket.message == ticket.message
            assert "imported" in [event.kind for event in story.events]
        with store.claim("agent-1") as work:
            work.release("only a look")
