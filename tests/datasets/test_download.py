"""Downloads: mirrors in turn, whole files or none, and one process at a time. No test leaves this machine."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from aeeval.datasets import download
from aeeval.datasets.download import fetch
from aeeval.errors import DataError
from tests.datasets.conftest import asset, put

ROOT = Path(__file__).parents[2]
CONTENT = bytes(range(256)) * 8192  # two pieces of 1 MiB


@pytest.fixture
def target(places):
    return places / "cache" / "toys" / "toy.bin"


def mirror(places, name="toy.bin", content=CONTENT):
    return put(places / "mirror" / name, content).as_uri()


def left_over(target):
    return sorted(path.name for path in target.parent.iterdir() if path.suffix != ".lock")


@pytest.mark.parametrize("name", ["toy.bin", "toy.bin.gz"])
def test_a_mirror_is_unpacked_verified_and_counted(places, target, name):
    counts = []
    assert fetch(asset(CONTENT, mirrors=(mirror(places, name),)), counts.append) == target
    assert target.read_bytes() == CONTENT
    assert sum(counts) == len(CONTENT)
    assert left_over(target) == ["toy.bin"]


def test_mirrors_are_tried_in_turn_and_the_nearest_copy_first(places, target):
    good, bad = mirror(places), mirror(places, "bad.bin", b"an error page")
    assert fetch(asset(CONTENT, mirrors=((places / "none").as_uri(), bad, good))) == target
    assert target.read_bytes() == CONTENT
    target.unlink()
    near = put(places / "near.bin.gz", CONTENT)
    (places / "mirror" / "toy.bin").unlink()
    assert fetch(asset(CONTENT, system=str(near), mirrors=(good,))) == target


def test_what_every_source_answered_is_told_and_nothing_is_kept(places, target):
    short = put(places / "mirror" / "short.bin.gz", CONTENT)
    short.write_bytes(short.read_bytes()[:-20])
    sources = ((places / "none").as_uri(), mirror(places, "bad.bin", b"an error page"), short.as_uri())
    with pytest.raises(DataError) as raised:
        fetch(asset(CONTENT, mirrors=sources, remedy="npm install toys"))
    told = str(raised.value)
    for words in (*sources, "No such file", "sha256", "end-of-stream", "run: npm install toys"):
        assert words in told
    assert left_over(target) == []


def test_without_any_source_the_error_says_where_to_put_the_file(target):
    with pytest.raises(DataError, match=rf"put it at {target} by hand"):
        fetch(asset(CONTENT))


def test_a_damaged_file_in_the_cache_is_replaced_and_a_whole_one_is_left(places, target):
    made = asset(CONTENT, mirrors=(mirror(places),))
    put(target, CONTENT[:-1])
    fetch(made)
    assert target.read_bytes() == CONTENT
    counts = []
    fetch(made, counts.append)
    assert counts == []


def test_an_interrupted_download_leaves_nothing_and_can_be_repeated(places, target):
    made = asset(CONTENT, mirrors=(mirror(places),))

    def interrupt(count):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(made, interrupt)
    assert left_over(target) == []
    put(target.with_name("toy.bin.part"), CONTENT[:1000])  # what a killed process leaves
    fetch(made)
    assert left_over(target) == ["toy.bin"]
    assert target.read_bytes() == CONTENT


CHILD = """
import sys
from aeeval.datasets.asset import Asset
from aeeval.datasets.download import fetch
sha256, mirror, wait = sys.argv[1:]
def progress(count):
    print(count, flush=True)
    if wait == "wait":
        sys.stdin.readline()
fetch(Asset("toys", "toy.bin", sha256, mirrors=(mirror,)), progress)
"""


def test_of_two_processes_at_once_one_downloads_and_the_other_waits(places, target):
    made, source = asset(CONTENT), mirror(places)

    def start(mode):
        command = [sys.executable, "-c", CHILD, made.sha256, source, mode]
        return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    with start("wait") as first:
        assert first.stdout.readline() == f"{2**20}\n"  # it is in the middle of the file now
        with start("run") as second:
            with pytest.raises(subprocess.TimeoutExpired):
                second.wait(timeout=1)
            assert not target.exists()
            first.communicate("\n\n")
            counted, _ = second.communicate()
    assert (first.returncode, second.returncode, counted) == (0, 0, "")
    assert target.read_bytes() == CONTENT


def test_a_wheel_is_read_without_being_installed(places, target, monkeypatch):
    asked = []

    def pip_download(requirement, folder):
        asked.append(requirement)
        with zipfile.ZipFile(Path(folder) / "toy_box-1.0-py3-none-any.whl", "w") as wheel:
            wheel.write(put(places / "toy.bin.gz", CONTENT), "toy_box/data/toy.bin.gz")

    monkeypatch.setattr(download, "_pip_download", pip_download)
    made = asset(CONTENT, package="toy_box/data/toy.bin", wheel="toy-box==1.0")
    fetch(made)
    assert target.read_bytes() == CONTENT
    target.unlink()
    fetch(made)
    assert asked == ["toy-box==1.0"]
    with pytest.raises(DataError, match=r"wheel toy-box==1\.0: .*no item named"):
        fetch(type(made)("toys", "other.bin", made.sha256, package="toy_box/data/other.bin", wheel="toy-box==1.0"))


def test_pip_that_fails_is_quoted(places, monkeypatch):
    monkeypatch.setattr(download, "WHEEL_TAGS", ("--no-index",))
    with pytest.raises(DataError, match=r"wheel no-such-toys==1\.0: expected pip download no-such-toys==1\.0; got"):
        fetch(asset(CONTENT, package="toys/toy.bin", wheel="no-such-toys==1.0"))
