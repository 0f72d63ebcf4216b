"""Merging: equal cells once, differing ones named and refused, and nothing written before all is known."""

import pytest

from aeeval.errors import NotComparable, StoreError, UnknownName
from aeeval.report.tables import to_json
from aeeval.results.merge import merge
from aeeval.results.pack import pack
from aeeval.store import Store
from tests.store.cells import cell, key, record


@pytest.fixture
def folders(tmp_path):
    """Cells 0..29 in `whole`, the even and the odd ones of them in `even` and `odd`, 0 in both."""
    parts = {"whole": range(30), "even": range(0, 30, 2), "odd": [0, *range(1, 30, 2)]}
    for name, numbers in parts.items():
        store = Store(tmp_path / name)
        for number in numbers:
            store.write_cell(*cell(number))
            store.put("models", f"{cell(number)[0]}.pt", b"weights")
        store.put("env", "here.json", b"{}")
        store.write_suite("d", "tiny", 1, [f"task{number}" for number in reversed(range(5))])
    return tmp_path


def names(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_the_parts_of_a_run_become_the_whole(folders):
    merged = merge([folders / "even", folders / "odd"], folders / "all")
    assert (merged.written, merged.equal, merged.damaged) == (30, 1, ())
    assert to_json(Store(folders / "all").read()[0]) == to_json(Store(folders / "whole").read()[0])
    assert names(folders / "all") == names(folders / "whole")


def test_merging_again_changes_nothing(folders):
    merge([folders / "even"], folders / "odd")
    before = names(folders / "odd")
    assert merge([folders / "even", folders / "odd"], folders / "odd").written == 0
    assert names(folders / "odd") == before


def test_the_version_that_was_later_stays_the_later_one(tmp_path):
    for number, sha in enumerate(["new", "old"]):
        store = Store(tmp_path / sha)
        store.write_cell(key(f"a{number}"), [record(submission_sha256=sha)], written=10**9 * (9 - number))
    merge([tmp_path / "new", tmp_path / "old"], tmp_path / "all")
    assert [r.submission_sha256 for r in Store(tmp_path / "all").read()[0]] == ["new"]


@pytest.fixture
def apart(tmp_path):
    for name, value in (("a", 1.0), ("b", 2.0)):
        Store(tmp_path / name).write_cell(key("ab"), [record(metric="gap"), record(value=value, env=name)])
    return tmp_path


def test_cells_with_other_numbers_are_named_and_nothing_is_written(apart):
    told = rf"1 with other numbers: mine on cap, k=2, seed 0 \(fvu is 1.0 in {apart}/a and 2.0 in {apart}/b\)"
    with pytest.raises(NotComparable, match=told):
        merge([apart / "a", apart / "b"], apart / "all")
    assert not (apart / "all").exists()


@pytest.mark.parametrize(("prefer", "value"), [("a", 1.0), ("b", 2.0)])
@pytest.mark.parametrize("into", ["a", "all"])
def test_who_is_preferred_wins(apart, prefer, value, into):
    merge([apart / "a", apart / "b"], apart / into, apart / prefer)
    assert [r.value for r in Store(apart / into).read()[0]] == [0.5, value]


def test_who_is_preferred_has_to_be_there(apart):
    with pytest.raises(UnknownName, match="folder to prefer"):
        merge([apart / "a", apart / "b"], apart / "all", "c")


def test_where_a_number_was_made_is_no_difference(tmp_path):
    for name in ("a", "b"):
        Store(tmp_path / name).write_cell(key("ab"), [record(env=name)])
    assert merge([tmp_path / "a", tmp_path / "b"], tmp_path / "all").equal == 1
    assert [r.env for r in Store(tmp_path / "all").read()[0]] == ["a"]


def test_a_status_or_a_number_more_is_a_difference(tmp_path):
    Store(tmp_path / "a").write_cell(key("ab"), [record()])
    Store(tmp_path / "b").write_cell(key("ab"), [record(), record(metric="gap")])
    Store(tmp_path / "c").write_cell(key("ab"), [record(status="failed", value=None, reason="x")])
    for other, told in (("b", "gap is absent in .*/a and 0.5 in"), ("c", "fvu is 0.5 in .*/a and failed in")):
        with pytest.raises(NotComparable, match=told):
            merge([tmp_path / "a", tmp_path / other], tmp_path / "all")


def test_packs_merge_with_runs_and_with_each_other(folders):
    pack(folders / "even", folders / "packs")
    merged = merge([folders / "packs", folders / "odd"], folders / "all")
    assert (merged.written, merged.equal) == (30, 1)
    both = (to_json(Store(folders / name).read()[0]).splitlines() for name in ("all", "whole"))
    assert len({tuple(sorted(line.rstrip(",") for line in lines)) for lines in both}) == 1  # packs are sorted
    assert merge([folders / "packs"], folders / "all").written == 0
    assert merge([folders / "packs"], folders / "from packs").written == 15
    merged = merge([folders / "packs", folders / "even"], folders / "from packs")
    assert (merged.written, merged.equal) == (15, 30)  # under the keys of the run, so that it goes on from them
    assert merge([folders / "even"], folders / "from packs").written == 0


def test_a_pack_with_other_numbers_is_refused(apart):
    pack(apart / "a", apart / "packs")
    with pytest.raises(NotComparable, match="1 with other numbers"):
        merge([apart / "packs"], apart / "b")


def test_damaged_files_are_named_and_left_where_they_are(folders):
    path = folders / "odd" / "cells" / "00" / f"{cell(1)[0]}.jsonl"
    path.write_bytes(path.read_bytes()[:-9])
    pack(folders / "even", folders / "packs")
    (broken, *_) = (folders / "packs").rglob("pack.json")
    broken.write_text("{")
    merged = merge([folders / "odd", folders / "packs"], folders / "all")
    assert {one.path for one in merged.damaged} == {path, broken.parent}
    assert path.exists()
    assert merged.written < 30


def test_a_folder_with_nothing_in_it_is_told(tmp_path):
    with pytest.raises(StoreError, match="expected cells or packs in"):
        merge([tmp_path / "nothing"], tmp_path / "all")


def test_on_the_command_line_a_difference_is_exit_code_4(apart, aeeval):
    code, _, told = aeeval("results", "merge", apart / "a", apart / "b", "--into", apart / "all")
    assert code == 4
    assert "fvu is 1.0" in told
    code, said, _ = aeeval("results", "merge", apart / "a", "--into", apart / "all")
    assert code == 0
    assert "1 cells added, 0 came more than once" in said
