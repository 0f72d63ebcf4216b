"""Every check of a packed result passes for a whole one and tells what breaks just this; a rerun gives it again."""

import dataclasses
import re
from functools import partial
from pathlib import Path

import pytest

from aeeval.cells import Choice
from aeeval.metrics import all_metrics
from aeeval.record import Record
from aeeval.results.again import RELATIVE, compared, drawn, tolerance
from aeeval.results.bounds import bounds, outside
from aeeval.results.case import make_case
from aeeval.results.pack import pack
from aeeval.results.packed import read_packed, write_packed
from aeeval.results.verify import CHECKS, verify
from aeeval.session import Session
from aeeval.store import Store
from aeeval.submissions.load import load
from aeeval.suite import load_suite
from tests.results.conftest import ENV
from tests.tiny import write_submission, write_suite

NAMES = [check.name for check in CHECKS]
ROOT = Path(__file__).parents[2]


@pytest.fixture
def case(tmp_path, packed):
    """A function of other records (and another environment) to the case of their pack."""

    def make(changed=None, env=None, **options):
        files = {"submission": str(tmp_path / "mine.py"), "suite": str(tmp_path / "tiny.toml")}
        return make_case(packed(changed, env), **{**files, **options})

    return make


def test_a_whole_pack_passes(case):
    found = {finding.check: finding for finding in verify(case)}
    assert list(found) == ["readable", *NAMES]
    assert {name: finding.status for name, finding in found.items() if finding.status != "pass"} == {"rerun": "skip"}


# check -> (what is changed, in which record, the status, what is told)
BAD = {
    "versions": ({"metric_version": 99}, {"metric": "fvu"}, "fail", "metric fvu"),
    "environment": ({"env": "nowhere"}, {"metric": "fvu"}, "fail", "nowhere"),
    "once": ({"metric": "fvu", "unit": "1"}, {"metric": "idempotence"}, "fail", "1 of them more often"),
    "curves": ({"axes": {"bin": 1}}, {"metric": "fvu", "seed": 1}, "warn", "'fvu'"),
    "values": ({"value": -1.0}, {"metric": "fvu"}, "fail", r"fvu in \[0, ∞\); got -1"),
    "failures": ({"status": "failed", "value": None, "reason": "burnt"}, {"metric": "fvu"}, "warn", "1, e.g. burnt"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_breaks_a_check_is_told_by_it(name, case, altered):
    fields, which, status, told = BAD[name]
    found = {finding.check: finding for finding in verify(partial(case, altered(**which)(**fields)))}
    assert found[name].status == status, found
    assert re.search(told, found[name].text), found[name]


@pytest.mark.parametrize(
    ("fields", "check", "told"),
    [
        ({"suite": "tiny-limit20"}, "suite", "without --limit"),
        ({"suite_digest": "f" * 64}, "suite", "digest"),
        ({"task_version": 2}, "versions", "version of task cap 1"),
        ({"unit": "mm"}, "versions", "metric"),
        ({"submission_sha256": "0" * 64}, "submission", "sha256 000000000000 of mine"),
        ({"track": "frozen"}, "submission", "track recipe"),
        ({"p": 1.5}, "values", "p of"),
        ({"stderr": -0.1}, "values", "stderr of"),
    ],
)
def test_what_is_said_of_all_records_has_to_hold(case, records, fields, check, told):
    changed = [dataclasses.replace(record, **fields) for record in records]
    found = {finding.check: finding for finding in verify(partial(case, changed))}
    assert found[check].status == "fail", found
    assert re.search(told, found[check].text), found[check]


def test_a_reference_row_may_have_codes_longer_than_k(records):
    rank = dataclasses.replace(records[0], metric="decoder_rank", value=20.0, stderr=None, latent_dim=3)
    assert outside(dataclasses.replace(rank, track="reference"), "[0, k]") is None
    assert outside(dataclasses.replace(rank, track="recipe"), "[0, k]")


def test_a_point_without_a_number_may_be_missing_at_other_seeds(case, records):
    """A bin that few rows fall in is skipped at one seed, and at another no row falls in it."""
    one = next(record for record in records if record.metric == "fvu" and record.seed == 1)
    sparse = dataclasses.replace(one, axes={"bin": 9.0}, status="skipped", value=None, reason="few points")
    for more, status in ((sparse, "pass"), (dataclasses.replace(one, axes={"bin": 9.0}), "warn")):
        found = {finding.check: finding for finding in verify(partial(case, [*records, more]))}
        assert found["curves"].status == status, found["curves"]


@pytest.mark.parametrize(
    ("keep", "told"),
    [
        (lambda record: record.seed == 0, r"5 cells; got 2 missing: cap k=2 seed 1"),
        (lambda record: record.task == "cap", r"5 cells; got 2 missing: digits k=3"),
        (lambda record: record.capability != "throughput", r"5 cells; got 1 missing"),
        (lambda record: record.metric != "copying", r"every metric on .*'copying'"),
    ],
    ids=["seed", "task", "times", "metric"],
)
def test_a_grid_that_is_not_whole_is_told(case, records, keep, told):
    found = {finding.check: finding for finding in verify(partial(case, list(filter(keep, records))))}
    assert found["complete"].status == "fail"
    assert re.search(told, found["complete"].text), found["complete"]


def test_cells_of_no_suite_are_told(case, records):
    more = [dataclasses.replace(record, seed=9) for record in records if record.seed == 1]
    found = {finding.check: finding for finding in verify(partial(case, [*records, *more]))}
    assert "cells of the suite only" in found["complete"].text


@pytest.mark.parametrize(("env", "status"), [({**ENV, "aeeval": "0.0.0"}, "fail"), ({**ENV, "dirty": True}, "warn")])
def test_where_it_was_run_is_told(case, env, status):
    found = {finding.check: finding for finding in verify(partial(case, env=env))}
    assert found["environment"].status == status


def test_what_cannot_be_read_ends_the_examination(case, tmp_path):
    (finding,) = verify(partial(make_case, tmp_path))
    assert (finding.check, finding.status) == ("readable", "fail")
    (finding,) = verify(partial(case, suite="no-such-suite"))
    assert "no-such-suite" in finding.text


def test_every_metric_says_its_range_so_that_it_is_read():
    for metric in all_metrics():
        low, high = bounds(metric.range, 3)
        assert low < high, metric.id


def test_the_tolerance_is_half_a_hundredth_of_the_value_or_of_what_counts():
    by_name = {metric.id: metric for metric in all_metrics()}
    assert tolerance(by_name["fvu"], 0.5) == pytest.approx(2.5e-3)
    assert tolerance(by_name["fvu"], 1e-9) == pytest.approx(5e-6)
    assert tolerance(by_name["dimension_mismatch"], 0.01) == pytest.approx(5e-3)
    assert tolerance(by_name["dimension_mismatch"], -20.0) == pytest.approx(0.1)


def test_the_cells_that_are_run_again_are_drawn_by_the_seed(case):
    made = case()
    assert len(drawn(dataclasses.replace(made, rerun=None))) == 4
    two = [tuple(drawn(dataclasses.replace(made, rerun=2, seed=seed))) for seed in range(20)]
    assert all(len(set(cells)) == 2 and not any(cell.timed for cell in cells) for cells in two)
    assert len(set(two)) > 1
    assert two[3] == tuple(drawn(dataclasses.replace(made, rerun=2, seed=3)))
    assert len(drawn(dataclasses.replace(made, rerun=99))) == 4


def test_of_a_part_of_the_suite_only_what_is_packed_is_run_again(case):
    """What is missing is told by its own check; a rerun of it would have nothing beside it."""
    made = case()
    gone = next(cell for cell in made.expected if not cell.timed)
    part = case([record for record in made.packed.records if record not in made.cells[gone]])
    again = drawn(dataclasses.replace(part, rerun=None))
    assert len(again) == 3
    assert gone not in again


SMALL = """
name = "one"
seeds = 2
samplers = ["gmm10"]
budget = { steps = 2, batch = 16, wall_s = 20 }
counts = { samples = 30, probe_rows = 4 }

[[task]]
id = "digits"
dataset = "digits"
rows = { train = 40, val = 20, test = 40 }
latent_dims = [2]
"""


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """A pack of a real run on a small suite, and the options that verify it."""
    folder = tmp_path_factory.mktemp("real")
    suite, mine = write_suite(folder, SMALL), write_submission(folder)
    Session(load_suite(suite), (load(mine),), Choice()).run(Store(folder / "run"))
    (made,) = pack(folder / "run", folder / "results")
    return made, {"suite": suite, "submission": mine}


def test_a_run_that_is_run_again_has_equal_bits(real):
    folder, options = real
    found = {finding.check: finding for finding in verify(partial(make_case, folder, **options, rerun=1))}
    assert {finding.status for finding in found.values()} <= {"pass", "warn"}, found
    assert found["environment"].status in ("pass", "warn")  # this checkout may have changes
    (same, of) = re.search(r"1 cells: (\d+) of (\d+) numbers equal in every bit", found["rerun"].text).groups()
    assert same == of
    assert int(of) > 5


@pytest.fixture
def beside(real, tmp_path):
    """Compare a real cell with a pack whose record of `fvu` at seed 0 was changed: -> its excess, or what is raised."""
    folder, options = real
    records = read_packed(folder).records
    genuine = make_case(folder, **options)

    def compare(change):
        (mine,) = [r for r in records if (r.metric, r.seed) == ("fvu", 0)]
        write_packed(tmp_path / "pack", [r for r in records if r is not mine] + change(mine), {})
        made = make_case(tmp_path / "pack", **options)
        cell = next(cell for cell in genuine.cells if cell.seed == 0 and not cell.timed)
        found = compared(made, cell, genuine.cells[cell])
        return max(one.excess for one in found)

    return compare


def moved(by):
    return lambda r: [dataclasses.replace(r, value=r.value * (1 + by))]


def test_a_number_that_was_improved_is_told_and_rounding_is_not(beside):
    assert beside(lambda r: [r]) == 0
    assert beside(moved(RELATIVE / 10)) == pytest.approx(0.1, rel=0.01)
    assert beside(moved(-0.05)) == pytest.approx(10, rel=0.1)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda r: [], "the same numbers on digits k=2 seed 0; got others: fvu"),
        (lambda r: [dataclasses.replace(r, axes={"bin": 1})], "got others: fvu"),
        (lambda r: [dataclasses.replace(r, status="skipped", value=None, reason="bad")], "skipped packed"),
        (lambda r: [dataclasses.replace(r, data_sha256="other")], "the same rows"),
    ],
    ids=["left out", "another point", "skipped", "other rows"],
)
def test_what_a_rerun_finds_otherwise_is_told(beside, change, told):
    from aeeval.errors import SubmissionError

    with pytest.raises(SubmissionError, match=told):
        beside(change)


def test_from_a_run_to_a_verified_row(aeeval, real, tmp_path):
    folder, options = real
    words = [word for key, value in options.items() for word in (f"--{key}", value)]
    code, out, err = aeeval("results", "pack", folder.parents[2] / "run", "--to", tmp_path / "results")
    assert code == 0, err
    made = Path(out.strip())
    assert made == tmp_path / "results" / "one" / "mine"
    code, out, _ = aeeval("results", "verify", made, *words)
    assert (code, "not asked for" in out) == (0, True)
    assert re.search(r"\| mine +\| self-reported \|", aeeval("table", tmp_path / "results")[1])
    code, out, err = aeeval("results", "verify", made, *words, "--rerun", "1", "--write")
    assert code == 0, out + err
    assert f"{made}: verified (cells 1" in out
    assert re.search(r"\| mine +\| verified +\|", aeeval("table", tmp_path / "results")[1])
    assert read_packed(made).manifest.verified["cells"] == 1


def test_a_pack_that_fails_ends_with_one_and_stays_self_reported(aeeval, case, altered, tmp_path):
    folder = case(altered(metric="fvu")(value=-1.0)).packed.folder
    words = ("--suite", tmp_path / "tiny.toml", "--submission", tmp_path / "mine.py")
    code, out, _ = aeeval("results", "verify", folder, *words, "--rerun", "1", "--write")
    assert code == 1
    assert re.search(r"^fail  values", out, re.MULTILINE)
    assert re.search(r"^fail  rerun", out, re.MULTILINE)
    assert read_packed(folder).manifest.standing == "self-reported"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["verify", "x", "--rerun", "some"], "--rerun N or --rerun all"),
        (["verify", "x", "--write"], "add --rerun"),
        (["mend", "x"], "No such command 'mend'"),
    ],
)
def test_wrong_usage_ends_with_two(aeeval, words, told):
    code, _, err = aeeval("results", *words)
    assert code == 2
    assert told in err


def test_the_checks_are_listed_with_what_they_hold():
    text = (ROOT / "docs" / "submitting.md").read_text().partition("\n## Onto the public board\n")[2]
    rows = re.findall(r"^\| `(\w+)` \| (.*) \|$", text, re.MULTILINE)
    assert rows == [(check.name, check.doc.partition("\n")[0].rstrip(".")) for check in CHECKS]


def test_a_record_lies_in_the_cell_that_it_came_from(records):
    from aeeval.results.case import cell_of

    chosen = dataclasses.replace(records[0], track="own-k", latent_dim=7)
    assert isinstance(chosen, Record)
    assert cell_of(chosen).latent_dim == 0
    assert cell_of(records[0]).latent_dim == 2
