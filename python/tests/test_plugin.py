"""The pytest plugin, in a pytest of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

import actifix

TESTS = """
import pytest
@pytest.mark.parametrize("n", [1, 2])
def test_fails(n):
    assert n == 0, "n is not 0"
def test_passes():
    pass
@pytest.fixture
def broken():
    raise KeyError("age")
def test_cannot_begin(broken):
    pass
"""


def test_it_is_asked_for(pytester: pytest.Pytester, path: Path) -> None:
    pytester.makepyfile(TESTS)
    pytester.runpytest_subprocess(f"--actifix-db={path}")
    assert not path.exists()


def test_a_failing_test_is_one_ticket_however_often_it_fails(
    pytester: pytest.Pytester, path: Path
) -> None:
    pytester.makepyfile(TESTS)
    for _ in range(2):
        ended = pytester.runpytest_subprocess("--actifix", f"--actifix-db={path}")
        ended.assert_outcomes(failed=2, passed=1, errors=1)
        ended.stdout.fnmatch_lines(["actifix: 3 tickets: ACT-*"])
    with actifix.open(path) as store:
        found = {ticket.tags["test"].partition("::")[2]: ticket for ticket in store.list()}
    assert set(found) == {"test_fails[1]", "test_fails[2]", "test_cannot_begin"}
    assert all(ticket.occurrences == 2 for ticket in found.values())
    assert "n is not 0" in found["test_fails[1]"].message


def test_the_configuration_can_ask_for_it(pytester: pytest.Pytester, path: Path) -> None:
    pytester.makeini("[pytest]\nactifix = true")
    pytester.makepyfile(TESTS)
    pytester.runpytest_subprocess(f"--actifix-db={path}").assert_outcomes(
        failed=2, passed=1, errors=1
    )
    with actifix.open(path) as store:
        assert store.stats().open == 3


def test_a_database_that_will_not_do_fails_no_test(
    pytester: pytest.Pytester, tmp_path: Path
) -> None:
    pytester.makepyfile("def test_fails():\n    assert False")
    ended = pytester.runpytest_subprocess("--actifix", f"--actifix-db={tmp_path}/no/folder.db")
    ended.assert_outcomes(failed=1)
    ended.stdout.fnmatch_lines(["actifix: not recorded: *"])
