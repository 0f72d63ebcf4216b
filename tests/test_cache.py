"""The cache: whole entries or none, never more than its limit, and no number that depends on it."""

import os
import threading

import pytest
import torch

from aeeval.cache import Cache, cache, key_of
from aeeval.cells import Choice, plan, units
from aeeval.datasets.make import make_dataset
from aeeval.datasets.spec import DataSpec, Sizes
from aeeval.session import Session
from aeeval.submissions.load import load, load_all
from aeeval.suite import load_suite
from tests.tiny import LINEAR, write_submission, write_suite

KB = 1000
SOME = ("reconstruction", "dimension", "overfitting")


@pytest.fixture
def small(tmp_path):
    """A cache of 10 kB."""
    return Cache(tmp_path / "cache", 10 * KB)


@pytest.fixture
def switched_on(tmp_path, monkeypatch):
    """The cache of the user, in a folder of its own: -> its entries."""
    monkeypatch.setenv("AEEVAL_CACHE_MB", "50")
    monkeypatch.setenv("AEEVAL_CACHE", str(tmp_path / "cache"))
    return lambda: sorted((tmp_path / "cache" / "runs").glob("*/*"))


def name(number):
    return f"{number:064x}"


def test_what_is_kept_is_found(small):
    assert small.get(name(1)) is None
    assert small.put(name(1), b"content")
    assert small.put(name(2), b"")
    assert small.get(name(1)) == b"content"
    assert small.get(name(2)) == b""


def test_the_limit_is_kept_and_what_was_asked_for_longest_ago_goes_first(small):
    for number in range(8):
        small.put(name(number), bytes(KB))
        os.utime(small._path(name(number)), (number, number))
    assert small.get(name(0)) is not None  # asked for just now
    for number in range(8, 12):
        small.put(name(number), bytes(KB))
    there = [number for number in range(12) if small._path(name(number)).exists()]
    assert {0, 8, 9, 10, 11} <= set(there)
    assert 1 not in there
    assert sum(path.stat().st_size for path in small.folder.glob("*/*")) <= small.limit


def test_an_entry_that_would_drive_out_the_others_is_not_kept(small):
    assert not small.put(name(1), bytes(3 * KB))
    assert small.get(name(1)) is None


@pytest.mark.parametrize("content", [b"", b"x" * 20, b"x" * 200])
def test_a_damaged_entry_is_removed(small, content):
    small.put(name(1), b"content")
    small._path(name(1)).write_bytes(content)
    assert small.get(name(1)) is None
    assert not small._path(name(1)).exists()


def test_damaged_tensors_are_made_again(small):
    made = []

    def make():
        made.append(1)
        return {"x": torch.arange(3.0), "y": torch.zeros(0, 2)}

    for _ in range(2):
        assert all(torch.equal(small.tensors(name(1), make)[key], tensor) for key, tensor in make().items())
    assert len(made) == 3  # once kept, twice compared
    small._path(name(1)).write_bytes(b"half")
    small.tensors(name(1), make)
    assert len(made) == 4


def test_a_disk_that_cannot_be_written_stops_nothing(tmp_path):
    (tmp_path / "cache").write_text("no folder")
    blocked = Cache(tmp_path / "cache", KB)
    assert not blocked.put(name(1), b"x")
    assert blocked.get(name(1)) is None


def test_many_at_once_see_whole_entries(small):
    wrong = []

    def work(seed):
        for number in range(60):
            key = name(number * seed % 17)
            content = key.encode() * 10
            small.put(key, content)
            if (found := small.get(key)) not in (None, content):
                wrong.append(found)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in (1, 2, 3, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert sum(path.stat().st_size for path in small.folder.glob("*/*")) <= small.limit


def test_what_an_entry_is_made_from_is_its_name():
    assert key_of("rows", {"a": 1}) == key_of("rows", {"a": 1})
    assert len({key_of("rows", {"a": 1}), key_of("rows", {"a": 2}), key_of("model", {"a": 1})}) == 3


def test_zero_switches_it_off(monkeypatch):
    assert cache() is None  # as the tests have it
    monkeypatch.setenv("AEEVAL_CACHE_MB", "0.5")
    assert cache().limit == 500_000


def splits(dataset):
    parts = [rows for part in (dataset.train, dataset.val, dataset.test) for rows in (part.x, part.clean)]
    return [*parts, dataset.beyond.x, dataset.beyond.distance, dataset.beyond.edges]


def test_data_from_the_cache_are_the_data_in_every_bit(switched_on, monkeypatch):
    spec = DataSpec(
        manifold="sphere",
        params={"dim": 2, "ambient_dim": 5},
        support="cap",
        noise=0.05,
        rows=Sizes(train=40, val=10, test=20, beyond=30),
    )
    first = make_dataset(spec, "cap", 0)
    assert len(switched_on()) == 1
    again = make_dataset(spec, "cap", 0)
    assert len(switched_on()) == 1
    make_dataset(spec, "cap", 1)
    assert len(switched_on()) == 2
    monkeypatch.setenv("AEEVAL_CACHE_MB", "0")
    without = make_dataset(spec, "cap", 0)
    assert all(torch.equal(a, b) for a, b in zip(splits(first), splits(without), strict=True))
    assert all(torch.equal(a, b) for a, b in zip(splits(again), splits(without), strict=True))


def lines(records):
    return [record.to_json() for record in records]


def run(folder, *specs, capabilities=("reconstruction",)):
    choice = Choice(capabilities, ("cap",))
    suite = load_suite(write_suite(folder))
    return lines(Session(suite, tuple(load_all(specs)), choice, executor="inline").run())


@pytest.fixture
def trainings(monkeypatch):
    """How many seeds were trained, together or one by one."""
    from aeeval.fits import FitsHere

    counted = []
    together, one = FitsHere._all, FitsHere._one
    monkeypatch.setattr(FitsHere, "_all", lambda self: counted.extend(self._order.seeds) or together(self))
    monkeypatch.setattr(FitsHere, "_one", lambda self, seed: counted.append(seed) or one(self, seed))
    return counted


def test_numbers_are_equal_with_and_without_and_no_model_is_trained_twice(
    tmp_path, switched_on, trainings, monkeypatch
):
    mine = write_submission(tmp_path)
    first = run(tmp_path, mine, capabilities=SOME)
    assert len(trainings) == 2  # two seeds
    again = run(tmp_path, mine, capabilities=SOME)
    some = run(tmp_path, mine)
    assert len(trainings) == 2
    monkeypatch.setenv("AEEVAL_CACHE_MB", "0")
    without = run(tmp_path, mine, capabilities=SOME)
    assert len(trainings) == 4
    assert first == again == without
    assert set(some) < set(without)


def test_a_changed_submission_is_trained_anew(tmp_path, switched_on, trainings):
    run(tmp_path, write_submission(tmp_path))
    run(tmp_path, write_submission(tmp_path, extra="    # another one"))
    assert len(trainings) == 4


# Models that are more than their weights: none of them may come from the cache.
MORE = {
    "an attribute that training sets": """
    def loss(self, x):
        self.looked_at = len(x)
        return (self.decode(self.encode(x)) - x).square().mean()
""",
    "rows that it remembers": """
    def fit(self, train, val):
        self.rows = train.flatten(1)

    def decode(self, z):
        return self.rows[: len(z)].reshape(-1, *self.shape_) + 0 * z.sum()
""",
    "a buffer that is not saved": """
    def fit(self, train, val):
        self.register_buffer("centre", train.mean(dim=0), persistent=False)
""",
    "answers that are drawn": """
    def decode(self, z):
        return (self.decoder(z) + 0.1 * torch.randn(len(z), self.decoder.out_features)).reshape(-1, *self.shape_)
""",
    "layers in a list": """
    def fit(self, train, val):
        self.more = [nn.Linear(2, 2)]
""",
}


@pytest.mark.parametrize("case", MORE)
def test_models_that_are_more_than_their_weights_are_not_kept(tmp_path, switched_on, case):
    run(tmp_path, write_submission(tmp_path, extra=MORE[case]))
    kept = [path for path in switched_on() if b"weights" in path.read_bytes()]
    assert kept == []
    run(tmp_path, write_submission(tmp_path, "plain"))
    assert len([path for path in switched_on() if b"weights" in path.read_bytes()]) == 2


def test_a_look_at_a_model_leaves_no_trace_in_its_randomness(tmp_path, switched_on, monkeypatch):
    drawn = MORE["answers that are drawn"]
    with_cache = run(tmp_path, write_submission(tmp_path, extra=drawn))
    monkeypatch.setenv("AEEVAL_CACHE_MB", "0")
    torch.manual_seed(0)
    first = run(tmp_path, str(tmp_path / "mine.py"))
    monkeypatch.setenv("AEEVAL_CACHE_MB", "50")
    torch.manual_seed(0)
    assert run(tmp_path, str(tmp_path / "mine.py")) == first
    assert len(with_cache) == len(first)


def test_the_plain_submission_of_these_tests_is_trained_by_the_published_trainer():
    assert "def fit" not in LINEAR


def test_no_two_cells_of_a_run_share_a_training():
    """So that a cache of models could save nothing within a run: only a second run meets a model again."""
    grid = plan(load_suite("smoke"), [load("pca"), load("mlp")], Choice())
    trainings = [
        (unit.head.submission, unit.head.task, unit.head.latent_dim, unit.seeds, cell.seed)
        for unit in units(grid)
        for cell in unit.open
    ]
    assert any(cell.timed for cell in grid)
    assert len(set(trainings)) == len(trainings) == len(grid)
