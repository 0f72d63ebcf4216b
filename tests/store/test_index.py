"""The Parquet cache: never asked where anything changed, never missed where it is not there, never different."""

import os

import pytest

from aeeval.report.tables import to_json
from aeeval.store import Store, index
from tests.store.cells import cell, key, record

CELLS = 12


@pytest.fixture(autouse=True)
def _few_cells_are_enough(monkeypatch):
    pytest.importorskip("pyarrow")
    monkeypatch.setattr(index, "LEAST", 3)


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path)
    for number in range(CELLS):
        store.write_cell(*cell(number))
    return store


@pytest.fixture
def decoded(monkeypatch):
    """The names of the cells that were read themselves."""
    from aeeval.store.shelf import Shelf

    read, add_to = [], Shelf.add_to

    def counted(self, builder, path, *more):
        read.append(path)
        add_to(self, builder, path, *more)

    monkeypatch.setattr(Shelf, "add_to", counted)
    return read


def plain(store):
    """What is read where there is no cache."""
    path = store.root / "index" / "records.parquet"
    content = path.read_bytes() if path.is_file() else None
    path.unlink(missing_ok=True)
    text = to_json(store.read()[0])
    if content is not None:
        path.write_bytes(content)
    return text


def test_a_second_look_reads_no_cell_and_sees_the_same(store, decoded):
    first = to_json(store.read()[0])
    assert len(decoded) == CELLS
    assert to_json(store.read()[0]) == first
    assert len(decoded) == CELLS


def a_cell_more(store):
    store.write_cell(*cell(CELLS))


def a_cell_less(store):
    store._shelf.path(cell(3)[0]).unlink()


def another_content(store):
    name, records = cell(3)
    store.write_cell(name, records[1:])


def the_same_size_and_time(store):
    """A number changed in place, and the time of the file set back: the time of change cannot be."""
    path = store._shelf.path(cell(3)[0])
    before, records = path.stat(), [record(value=0.5), record(metric="gap", value=1.5)]
    store.write_cell(cell(3)[0], records)
    store.read()
    again = [records[0], record(metric="gap", value=2.5)]
    store.write_cell(cell(3)[0], again)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def a_damaged_cell(store):
    path = store._shelf.path(cell(3)[0])
    path.write_bytes(path.read_bytes()[:-5])


@pytest.mark.parametrize("change", [a_cell_more, a_cell_less, another_content, the_same_size_and_time, a_damaged_cell])
def test_whatever_changes_is_seen(store, change):
    store.read()
    before = to_json(store.read()[0])
    change(store)
    records, damaged = store.read()
    assert to_json(records) != before
    assert to_json(records) == plain(store)
    assert len(damaged) == (change is a_damaged_cell)
    assert store.read()[0] == records


@pytest.mark.parametrize("content", [b"", b"PAR1", b"x" * 1000])
def test_a_damaged_cache_is_made_anew(store, content):
    before = to_json(store.read()[0])
    path = store.root / "index" / "records.parquet"
    whole = path.read_bytes()
    path.write_bytes(content or whole[: len(whole) // 2])
    assert to_json(store.read()[0]) == before
    assert path.read_bytes() == whole


def test_a_cache_of_another_format_or_schema_is_made_anew(store, decoded, monkeypatch):
    store.read()
    monkeypatch.setattr(index, "_FORMAT", 2)
    store.read()
    assert len(decoded) == 2 * CELLS


def test_without_pyarrow_tables_are_the_same(store, decoded, monkeypatch):
    with_it = to_json(store.read()[0])
    monkeypatch.setattr(index, "find_spec", lambda name: None)
    assert to_json(store.read()[0]) == with_it
    assert len(decoded) == 2 * CELLS


def test_every_kind_of_record_comes_back(tmp_path, decoded):
    store = Store(tmp_path)
    odd = [
        record(axes={"bin": 1, "sampler": "gmm10"}, null=-0.0, p=5e-324),
        record(axes={"bin": 1.0}, status="failed", value=None, reason='"σ"\n'),
    ]
    for name in ("ab", "cd", "ef"):
        store.write_cell(key(name), [record(task=name), *(r for r in odd)])
    first = to_json(store.read()[0])
    assert to_json(store.read()[0]) == first
    assert len(decoded) == 3


def test_a_few_cells_and_a_folder_that_cannot_be_written_have_none(store, monkeypatch):
    monkeypatch.setattr(index, "LEAST", CELLS + 1)
    store.read()
    assert not (store.root / "index").exists()
    monkeypatch.setattr(index, "LEAST", 1)
    (store.root / "index").write_text("no folder")
    assert len(store.read()[0]) == 30 * CELLS


def test_fresh_forgets_the_cache(store):
    store.read()
    assert (store.root / "index" / "records.parquet").is_file()
    store.clear()
    assert store.read() == ([], [])
