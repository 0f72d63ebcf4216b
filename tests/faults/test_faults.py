"""Ten SIGKILLs at random moments to two runs on one folder: nothing lost, doubled or torn."""

import re
from pathlib import Path

import aeeval.executors
from tests.faults.inject import Faults, differences, left_over

SEED = 0


def test_ten_kills_change_nothing(tmp_path):
    faults = Faults(tmp_path, SEED)
    quiet = Faults(tmp_path, SEED, runs=1)
    assert quiet.round(tmp_path / "undisturbed", 0) == 0
    expected = left_over(tmp_path / "undisturbed")
    assert len(expected["cells"]) == 12
    assert expected["claims"] == expected["damaged"] == []
    number = 0
    while faults.killed.total() < 10:
        number += 1
        faults.round(tmp_path / f"disturbed-{number}", 10 - faults.killed.total())
        found = left_over(tmp_path / f"disturbed-{number}")
        assert differences(found, expected, faults.killed["submission"]) == []


def test_no_clock_that_may_jump_is_asked():
    """Deadlines and pauses of executors are on the monotonic clock; ages of claims on that of the file system."""
    folder = Path(aeeval.executors.__file__).parent
    jumping = re.compile(r"\btime\.time\(|\bdatetime\b|from time import .*\btime\b")
    assert {file.name for file in folder.glob("*.py") if jumping.search(file.read_text())} == set()
