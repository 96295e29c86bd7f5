"""Bad input: wrong types are TypeErrors, bad values ValueErrors, and no panic ever crosses into Python."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import actifix

#: Without its types, which these tests are about.
untyped: Any = actifix

NONSENSE: list[Any] = [
    None,
    True,
    0,
    -1,
    2**63,
    -(2**70),
    1.5,
    float("nan"),
    float("inf"),
    1e300,
    "",
    " ",
    "\0",
    "\ud800",
    "a\nb",
    "P9",
    "x" * 100_000,
    b"bytes",
    [],
    [1],
    ["a"],
    {},
    {"a": 1},
    {1: "a"},
    object(),
    int,
    timedelta(0),
    timedelta(days=-1),
    timedelta.max,
    datetime(2026, 1, 1),
    datetime.max,
]


@pytest.mark.parametrize(
    "call",
    [
        lambda store: store.record(5),
        lambda store: store.record("x", source=5),
        lambda store: store.record("x", tags={"a": 5}),
        lambda store: store.record("x", context={"a": object()}),
        lambda store: store.add("x", not_before="5 s"),
        lambda store: store.claim("a", lease=True),
        lambda store: store.claim("a", wait="10"),
        lambda store: store.claim(5),
        lambda store: store.claim_many("1", "a"),
        lambda store: store.complete(5, 5, did="", files=[], tested="", results=""),
        lambda store: store.renew("ACT-20260101-00000001", "1"),
        lambda store: store.close("ACT-20260101-00000001"),
        lambda store: store.get(None),
        lambda store: store.ignore("ACT-20260101-00000001", until="tomorrow"),
        lambda store: untyped.open(5),
        lambda store: untyped.duplicate_guard(5),
    ],
)
def test_a_wrong_type_is_a_type_error(store: actifix.Store, call: Any) -> None:
    with pytest.raises(TypeError):
        call(store)
    assert list(store.events()) == []


@pytest.mark.parametrize(
    "call",
    [
        lambda store: store.record(""),
        lambda store: store.record("a\0b"),
        lambda store: store.record("\ud800"),
        lambda store: store.record("x" * 5_001),
        lambda store: store.record("x", priority="P9"),
        lambda store: store.record("x", context=_endless()),
        lambda store: store.record("x", context={"a": float("nan")}),
        lambda store: store.add("x", not_before=-1),
        lambda store: store.claim(""),
        lambda store: store.claim("a", lease=0),
        lambda store: store.claim("a", lease=timedelta(days=-1)),
        lambda store: store.claim("a", lease=float("nan")),
        lambda store: store.claim("a", kind="bug"),
        lambda store: store.claim_many(0, "a"),
        lambda store: store.get("no id"),
        lambda store: store.close("ACT-20260101-00000001", "because"),
        lambda store: list(store.list(status="gone")),
        lambda store: untyped.open(store.path, evidence="some"),
        lambda store: untyped.open(""),
        lambda store: untyped.open("mysql://host/db"),
    ],
)
def test_a_bad_value_is_a_value_error(store: actifix.Store, call: Any) -> None:
    with pytest.raises(ValueError):
        call(store)
    assert list(store.events()) == []


def _endless() -> Any:
    value: dict[str, Any] = {}
    value["again"] = value
    return value


def test_other_databases_are_for_later(tmp_path: Path) -> None:
    with pytest.raises(actifix.Unsupported, match="PostgreSQL"):
        actifix.open("postgres://host/db")
    other = tmp_path / "text.db"
    other.write_text("this is no database, and never was one\n" * 100)
    with pytest.raises(actifix.Corrupt):
        actifix.open(other)
    with pytest.raises(actifix.StorageError):
        actifix.open(tmp_path / "no" / "folder.db")
    with pytest.raises(actifix.StorageError):
        actifix.open(tmp_path / "none.db", create=False)
    assert not (tmp_path / "none.db").exists()


CALLS: dict[str, tuple[int, list[str]]] = {
    "record": (
        1,
        ["type", "source", "priority", "stack", "fingerprint", "tags", "context", "project", "release", "occurred_at", "user", "request_id"],
    ),
    "add": (1, ["body", "key", "priority", "payload", "tags", "not_before"]),
    "claim": (1, ["lease", "priority", "kind", "project", "tags", "request_id"]),
    "claim_many": (2, ["lease", "priority", "kind"]),
    "acquire": (2, ["lease", "request_id"]),
    "renew": (2, ["lease"]),
    "release": (2, ["reason", "failed", "not_before"]),
    "complete": (2, ["did", "files", "tested", "results", "summary", "url", "release"]),
    "mine": (1, []),
    "close": (2, ["of", "token", "note"]),
    "ignore": (1, ["until", "more", "token"]),
    "reopen": (1, ["request_id"]),
    "merge": (2, []),
    "delete": (1, ["token", "force"]),
    "undelete": (1, []),
    "purge": (1, []),
    "assign": (2, []),
    "note": (2, []),
    "update": (1, ["priority", "message", "body", "payload", "tags", "untag"]),
    "get": (1, []),
    "show": (1, []),
    "list": (0, ["status", "priority", "project", "kind", "assignee", "tags", "search", "ready"]),
    "events": (0, ["ticket", "after"]),
    "verify": (0, ["quick"]),
}


@pytest.mark.parametrize("seed", range(8))
def test_nonsense_ends_in_a_value_or_in_an_error_of_ours(store: actifix.Store, seed: int) -> None:
    """2,400 calls with nonsense in every place: a panic is no Exception, and would go through."""
    chance = random.Random(seed)
    ticket = store.add("a task").id
    for _ in range(300):
        name, (places, keywords) = chance.choice(list(CALLS.items()))
        args = [chance.choice([*NONSENSE, ticket, ticket, 1]) for _ in range(places)]
        named = {key: chance.choice(NONSENSE) for key in keywords if chance.random() < 0.4}
        if name == "close" and args[:2] == [None, None]:
            continue  # that closes the store
        try:
            answer = getattr(store, name)(*args, **named)
            if name in ("list", "events"):
                list(answer)
        except (actifix.Error, TypeError, ValueError, OverflowError):
            pass
    assert store.verify().ok
