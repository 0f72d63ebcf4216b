"""Claims: one owner at a time, dead owners give way, living ones do not, whatever the clocks say."""

import json
import os
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from aeeval.errors import StoreError
from aeeval.store import Store
from aeeval.store import claims as module
from aeeval.store.claims import EXPIRY_S, HEARTBEAT_S, WATCH_S, Claims
from aeeval.store.owner import Owner
from tests.store.cells import key, record

ROOT = Path(__file__).parents[2]


class Clock:
    """A clock that is set by hand."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def claims(tmp_path, clock):
    return Claims(tmp_path / "claims", clock)


@pytest.fixture
def elsewhere(tmp_path):
    """Claims of a process on another machine, on the same folder."""

    class Elsewhere(Claims):
        def _content(self, label):
            row = json.loads(super()._content(label))
            row["owner"] |= {"host": "elsewhere", "boot": "another"}
            return json.dumps(row).encode()

    return Elsewhere(tmp_path / "claims")


def aged(claims, name, seconds):
    """Set the last touch of a claim that long ago, in the time of the file system."""
    then = claims._now() - int(seconds * 1e9)
    os.utime(claims.path(name), ns=(then, then))


def python(code, *arguments, **options):
    return subprocess.Popen([sys.executable, "-W", "error", "-c", code, *map(str, arguments)], cwd=ROOT, **options)


def files(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_cell_has_one_owner_until_it_is_released(tmp_path):
    store, other = Store(tmp_path), Store(tmp_path)
    claim = store.claim(key("ab"), "pca on cap")
    assert store.claim(key("ab")) is None
    assert other.claim(key("ab")) is None
    assert other.claim(key("cd")) is not None
    (held, _) = other.claims()
    assert (held.key, held.label, held.owner, held.over) == (key("ab"), "pca on cap", Owner.me(), False)
    assert 0 <= held.quiet <= held.seconds < 60
    claim.release()
    claim.release()
    assert other.claim(key("ab")) is not None
    assert files(tmp_path / "claims") == [f"{key('ab')}.json", f"{key('cd')}.json"]


def test_a_finished_cell_is_claimed_only_by_those_who_mean_it(tmp_path):
    store = Store(tmp_path)
    store.write_cell(key("ab"), [record()])
    assert store.claim(key("ab")) is None
    assert store.claims() == []
    assert store.claim(key("ab"), again=True) is not None
    store.release(key("ab"))
    store.release(key("cd"))
    assert store.claims() == []


def test_a_cell_that_was_finished_in_between_is_given_back(tmp_path, monkeypatch):
    store = Store(tmp_path)
    answers = iter([False, True])
    monkeypatch.setattr(Store, "has", lambda self, key: next(answers))
    assert store.claim(key("ab")) is None
    assert store.claims() == []


def test_a_claim_is_released_when_its_block_ends_with_an_error(tmp_path):
    store = Store(tmp_path)
    with pytest.raises(ZeroDivisionError), store.claim(key("ab")):
        raise ZeroDivisionError
    assert store.claims() == []


def test_a_thread_keeps_a_claim_alive(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "HEARTBEAT_S", 0.01)
    store = Store(tmp_path)
    with store.claim(key("ab")):
        aged(store._claims, key("ab"), 3600)
        for _ in range(500):
            if store.claims()[0].quiet < 60:
                break
            threading.Event().wait(0.01)
        assert store.claims()[0].quiet < 60


def test_the_claim_of_a_killed_process_is_free_at_once(tmp_path):
    code = "import os, sys; from aeeval.store import Store; Store(sys.argv[1]).claim(sys.argv[2]); os._exit(9)"
    assert python(code, tmp_path, key("ab")).wait() == 9
    store = Store(tmp_path)
    assert [held.over for held in store.claims()] == [True]
    assert store.claim(key("ab")) is not None
    assert store.claims()[0].owner == Owner.me()


@pytest.mark.parametrize("change", [{"started": "1"}, {"pid": 2**22 + 1}])
def test_a_process_id_that_is_used_again_is_another_process(change):
    assert not Owner.me().ended
    assert replace(Owner.me(), **change).ended
    assert not replace(Owner.me(), **change, host="elsewhere").ended
    assert not replace(Owner.me(), **change, namespace="a container").ended
    assert not replace(Owner.me(), **change, boot="").ended


def test_another_machine_that_falls_silent_loses_its_cell_and_learns_it(claims, clock, elsewhere):
    theirs = elsewhere.claim("k")
    aged(claims, "k", EXPIRY_S + 1)
    assert claims.claim("k") is None  # old, but never watched
    clock.now += WATCH_S + 1
    mine = claims.claim("k")
    assert mine is not None
    assert not theirs.touch()
    theirs.release()
    assert mine.touch()
    assert [held.owner for held in claims.held()] == [Owner.me()]


def test_a_clock_that_jumps_forward_takes_nothing_from_the_living(claims, clock, elsewhere):
    theirs = elsewhere.claim("k")
    for _ in range(30):
        assert claims.claim("k") is None
        clock.now += HEARTBEAT_S
        assert theirs.touch()
        aged(
            claims, "k", 24 * 3600 + clock.now
        )  # a day ago by the clock of the file system, but another time each beat
    assert claims.claim("k") is None


def test_a_clock_that_jumps_backward_keeps_nothing_for_the_dead(claims, clock, elsewhere):
    elsewhere.claim("k")
    aged(claims, "k", -24 * 3600)
    assert claims.claim("k") is None
    clock.now += WATCH_S + 1
    assert claims.claim("k") is None
    clock.now += EXPIRY_S
    assert claims.claim("k") is not None


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b'{"owner": {"pid": 1}}'])
def test_a_claim_that_says_nothing_ends_by_its_time(claims, clock, content):
    claims.folder.mkdir()
    claims.path("k").write_bytes(content)
    assert claims.claim("k") is None
    assert claims.held()[0].owner is None
    clock.now += EXPIRY_S + 1
    assert claims.claim("k") is not None


def test_who_was_slower_takes_nothing_from_who_was_faster(claims, elsewhere):
    old = elsewhere.claim("k").content
    claims.path("k").unlink()
    new = elsewhere.claim("k").content
    assert not claims._settle("k", old, b"mine")
    assert claims.path("k").read_bytes() == new
    assert files(claims.folder) == ["k.json"]


def test_a_marker_that_a_killed_process_left_holds_nothing_up_for_long(claims, elsewhere):
    old = elsewhere.claim("k").content
    name = f".tmp-{module.hashlib.sha256(b'k' + old).hexdigest()[:32]}"
    (claims.folder / name).touch()
    assert not claims._settle("k", old, b"mine")
    assert (claims.folder / name).exists()
    then = claims._now() - int((WATCH_S + 1) * 1e9)
    os.utime(claims.folder / name, ns=(then, then))
    assert not claims._settle("k", old, b"mine")
    assert claims._settle("k", old, b"mine")


def test_of_many_that_ask_for_a_dead_claim_one_gets_it(tmp_path):
    dead = replace(Owner.me(), started="1")
    keys = [f"{number:02}" * 32 for number in range(40)]
    folder = tmp_path / "claims"
    folder.mkdir()
    for name in keys:
        (folder / f"{name}.json").write_text(json.dumps({"owner": dead.row(), "since": 0}))
    won, start = [], threading.Barrier(8)

    def ask():
        store = Store(tmp_path)
        start.wait()
        won.extend(name for name in keys if store.claim(name))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == keys


RACE = """
import sys, time
from pathlib import Path
from aeeval.store import Store
store, log = Store(sys.argv[1]), []
Path(sys.argv[1], "ready" + sys.argv[2]).touch()
while not Path(sys.argv[1], "go").exists():
    time.sleep(.001)
for number in range(100):
    if store.claim(f"{number:02}" * 32):
        log.append(number)
print(*log)
sys.stdout.flush()
sys.stdin.read()  # stays alive, so that no claim ends
"""


def test_processes_that_race_for_cells_share_them_without_overlap(tmp_path):
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    racers = [python(RACE, tmp_path, number, **pipes) for number in range(3)]
    while len(list(tmp_path.glob("ready*"))) < len(racers):
        assert all(racer.poll() is None for racer in racers)
        threading.Event().wait(0.01)
    (tmp_path / "go").touch()
    won = [number for racer in racers for number in map(int, racer.stdout.readline().split())]
    for racer in racers:
        racer.communicate()
    assert sorted(won) == list(range(100))
    assert all(held.over for held in Store(tmp_path).claims())


def test_who_comes_in_between_two_looks_keeps_the_claim(claims, monkeypatch):
    other, create = Claims(claims.folder), module.create_whole

    def late(path, content):
        if path.name == "k.json":
            monkeypatch.undo()
            assert other.claim("k", "the other's")
        return create(path, content)

    monkeypatch.setattr(module, "create_whole", late)
    assert claims.claim("k") is None
    assert [held.label for held in claims.held()] == ["the other's"]


def test_file_systems_without_hard_links_have_claims_too(claims, monkeypatch):
    def refused(source, target):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refused)
    claim = claims.claim("k")
    assert claim.touch()
    assert claims.claim("k") is None
    claim.release()
    assert files(claims.folder) == []


def test_an_answer_of_the_server_that_got_lost_is_no_lost_claim(claims, monkeypatch):
    link = os.link

    def lost(source, target):
        link(source, target)
        raise FileExistsError(17, "File exists")  # the request was sent twice, and the first answer was dropped

    monkeypatch.setattr(os, "link", lost)
    assert claims.claim("k") is not None
    assert claims.claim("k") is None


def test_a_folder_that_cannot_be_written_says_the_way_out(tmp_path):
    (tmp_path / "claims").write_text("no folder")
    with pytest.raises(StoreError, match="choose another --out"):
        Store(tmp_path).claim(key("ab"))
