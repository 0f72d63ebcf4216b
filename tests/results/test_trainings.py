"""How models were trained: seen from results, from packs, and after a merge."""

import csv
import io
import json
import math

import pytest
from click.testing import CliRunner

from aeeval.cells import Choice
from aeeval.cli.read import table_command
from aeeval.report.trainings import sparkline, trainings_table
from aeeval.results.merge import merge
from aeeval.results.pack import pack, read_kept
from aeeval.results.packed import TRAININGS, trainings_in_pack
from aeeval.results.trainings import trainings_in
from aeeval.session import Session, searched
from aeeval.store import Store
from aeeval.submissions.load import load_all
from aeeval.suite import load_suite
from tests.tiny import SUITE, write_suite


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with denoising, pca and a search of irmae on the cap; 120 steps, so that there are three looks."""
    tmp_path = tmp_path_factory.mktemp("trainings")
    suite = load_suite(write_suite(tmp_path, SUITE.replace("steps = 20", "steps = 120")))
    submissions, _ = searched(load_all(["denoising", "pca", "irmae"]), 2)
    choice = Choice(("reconstruction",), ("cap",))
    Session(suite, submissions, choice, executor="inline").run(Store(tmp_path / "out"))
    return tmp_path / "out"


def told(rows, name, seed=0):
    (row,) = [row for row in rows if (row["submission"], row["seed"]) == (name, seed)]
    return row


def test_a_row_a_cell_with_its_budget_its_end_and_its_curve(folder):
    rows = trainings_in(folder)
    assert len(rows) == 6
    plain = told(rows, "denoising")
    assert (plain["task"], plain["latent_dim"], plain["track"]) == ("cap", 2, "recipe")
    assert (plain["steps"], plain["budget"], plain["stopped"], plain["together"]) == (120, 120, "budget", 1)
    curve = [float(loss) for loss in plain["curve"].split()]
    assert len(curve) == 3  # after 50, 100 and 120 steps
    assert min(curve) == pytest.approx(plain["best_val"], rel=1e-3)
    assert plain["best_step"] == (50, 100, 120)[curve.index(min(curve))]
    assert told(rows, "pca")["alone"] == "it has a fit of its own"
    irmae = told(rows, "irmae", seed=1)
    assert (irmae["track"], irmae["search"]) == ("search 2", 2)
    assert len(json.loads(irmae["trials"])) == 2


def test_packs_have_them_without_curves(folder, tmp_path):
    packs = pack(folder, tmp_path / "packs")
    of_packs = trainings_in(tmp_path / "packs")
    cut = [{name: value for name, value in row.items() if name != "curve"} for row in trainings_in(folder)]
    assert sorted(map(json.dumps, of_packs)) == sorted(json.dumps(dict(sorted(row.items()))) for row in cut)
    assert not read_kept(tmp_path / "packs").damaged
    lines = next(path for path in packs if path.name == "denoising") / TRAININGS
    assert lines.stat().st_size < 1500
    first = [path.read_bytes() for path in sorted((tmp_path / "packs").rglob("*")) if path.is_file()]
    pack(folder, tmp_path / "packs")
    assert [path.read_bytes() for path in sorted((tmp_path / "packs").rglob("*")) if path.is_file()] == first


def test_a_pack_whose_trainings_were_changed_is_told(folder, tmp_path):
    path = next(path for path in pack(folder, tmp_path / "packs") if path.name == "denoising")
    (path / TRAININGS).write_text((path / TRAININGS).read_text().replace('"steps": 120', '"steps": 12'))
    with pytest.raises(Exception, match="another sha256"):
        trainings_in_pack(path)
    (path / TRAININGS).unlink()
    assert [str(one.path) for one in read_kept(tmp_path / "packs").damaged] == [str(path)]


def test_they_come_along_when_packs_are_merged(folder, tmp_path):
    pack(folder, tmp_path / "packs")
    merge([tmp_path / "packs"], tmp_path / "merged")
    before, after = trainings_in(tmp_path / "packs"), trainings_in(tmp_path / "merged")
    assert sorted(json.dumps(row, sort_keys=True) for row in after) == sorted(
        json.dumps(row, sort_keys=True) for row in before
    )


def test_the_table_has_a_line_for_each_unit_and_the_search(folder):
    text = CliRunner().invoke(table_command, [str(folder), "--trainings"], catch_exceptions=False).output
    (line,) = [line for line in text.splitlines() if line.startswith("| cap") and " denoising " in line]
    assert "120 of 120" in line
    assert "irmae (search 2)" in text
    assert "Searches on tiny" in text
    chosen = json.loads(told(trainings_in(folder), "irmae")["config"])
    assert json.dumps(chosen) in text


def test_the_long_forms_have_a_row_a_seed(folder):
    asked = [str(folder), "--trainings", "--format", "csv"]
    text = CliRunner().invoke(table_command, asked, catch_exceptions=False).output
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 6
    plain = told([{**row, "seed": int(row["seed"])} for row in rows], "denoising")
    assert (int(float(plain["steps"])), plain["stopped"]) == (120, "budget")
    assert json.loads(trainings_table(trainings_in(folder)).as_format("json"))


def test_a_folder_without_any_says_so(tmp_path):
    found = CliRunner().invoke(table_command, [str(tmp_path), "--trainings"])
    assert "trainings in" in str(found.exception)


def test_a_curve_is_drawn_from_its_largest_to_its_least():
    assert sparkline([1000.0, 100.0, 10.0, 1.0]) == "█▆▃▁"
    assert sparkline([]) == ""
    assert sparkline([2.0, 2.0]) == "▁▁"
    falling = sparkline([math.exp(-step / 10) for step in range(41)])
    assert falling[0] == "█"
    assert falling[-1] == "▁"
    assert len(falling) <= 21
