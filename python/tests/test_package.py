"""The package itself: importing it, its command, its examples."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path

import actifix


def test_importing_creates_nothing_and_starts_nothing(tmp_path: Path) -> None:
    code = "import actifix, threading, sys; print(threading.active_count(), 'asyncio' in sys.modules, 'sqlite3' in sys.modules)"
    ended = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"HOME": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
    )
    assert (ended.stdout.strip(), ended.stderr) == ("1 False False", "")
    assert list(tmp_path.iterdir()) == []


def test_the_command_comes_with_the_package(path: Path) -> None:
    with actifix.open(path) as store:
        ticket = store.add("a task").id
    for command in [[str(Path(sys.executable).parent / "actifix")], [sys.executable, "-m", "actifix"]]:
        listed = subprocess.run([*command, "--db", str(path), "list"], capture_output=True, text=True)
        assert (listed.returncode, listed.stderr) == (0, "")
        assert ticket in listed.stdout
    told = subprocess.run([*command, "--version"], capture_output=True, text=True)
    assert actifix.__version__ in told.stdout


def test_the_examples_of_the_documentation_run(tmp_path: Path) -> None:
    tried = 0
    for module in pkgutil.walk_packages(actifix.__path__, "actifix."):
        if module.name in ("actifix.__main__", "actifix._core"):
            continue
        tried += _run_examples(module.name, tmp_path)
    tried += _run_examples("actifix", tmp_path)
    assert tried >= 10


def _run_examples(name: str, folder: Path) -> int:
    module = importlib.import_module(name)
    tried = 0
    for number, test in enumerate(doctest.DocTestFinder(exclude_empty=True).find(module, name)):
        test.globs = {"example_db": folder / f"{name}-{number}.db"}
        ended = doctest.DocTestRunner().run(test)
        assert ended.failed == 0, test.name
        tried += ended.attempted
    return tried
