"""The three scripts of the lock scene run as they are, and come to their verdicts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"
VERDICTS = {
    "debug": ["deferred through sqlite3: FAILS", "actifix: 3 of 3", "creating through sqlite3: FAILS; actifix: 200 of 200"],
    "diagnostic": ["deferred through sqlite3: FAILS", "the busy timeout is not used", "actifix: 3 of 3"],
    "solution": ["deferred through sqlite3: FAILS", "actifix: 3 of 3 in every round; creating: 200 of 200"],
}


@pytest.mark.parametrize("name", VERDICTS)
def test_the_scene_comes_to_its_verdict(name: str) -> None:
    script = EXAMPLES / f"test_threading_barrier_{name}.py"
    if not script.is_file():
        pytest.fail(f"this test needs the source tree: {script} is not there", pytrace=False)
    run = subprocess.run([sys.executable, "-B", str(script)], capture_output=True, text=True, timeout=300, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    verdict = run.stdout.split("Verdict\n")[1]
    for line in VERDICTS[name]:
        assert line in verdict
