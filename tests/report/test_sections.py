"""What may share a table, and what is refused."""

import pytest

from aeeval.errors import NotComparable
from aeeval.report.sections import sections
from aeeval.report.tables import boards, render


@pytest.mark.parametrize(
    ("one", "other", "what"),
    [
        ({"task_version": 1}, {"task_version": 2, "seed": 1}, "version of task sphere"),
        ({"metric_version": 1}, {"metric_version": 2, "seed": 1}, "version of metric fvu"),
        ({"data_sha256": "aa"}, {"data_sha256": "bb", "submission": "other"}, "data set for task sphere with seed 0"),
        ({"value": 0.1}, {"value": 0.2}, "value of fvu for mlp on sphere"),
    ],
)
def test_versions_are_never_mixed_in_a_wide_table(record, metrics, one, other, what):
    records = [record(**one), record(**other)]
    with pytest.raises(NotComparable, match=what):
        sections(records)
    with pytest.raises(NotComparable, match="--fresh"):
        render(records, metrics, "md")
    assert render(records, metrics, "csv").count("\n") == 3  # the long forms keep everything


def test_data_of_other_seeds_and_lost_data_are_no_conflict(record):
    records = [record(data_sha256="aa"), record(data_sha256="bb", seed=1), record("psnr", None, data_sha256="")]
    assert len(sections(records)) == 1


def test_the_same_number_from_two_machines_is_no_conflict(record):
    (section,) = sections([record(env="a"), record(env="b")])
    assert len(section.records) == 1  # and does not count as two seeds


def test_times_of_two_machines_are_kept_apart(record, metrics):
    times = [
        record("samples_per_s", value, submission=name, axes={"op": "encode", "batch": 1}, env=env)
        for name, env, value in (("ae", "laptop", 10.0), ("vae", "server", 90.0))
    ]
    quality = [record("fvu", submission=name, env=env) for name, env in (("ae", "laptop"), ("vae", "server"))]
    lines = boards([*quality, *times], metrics).splitlines()
    assert [line for line in lines if "env=laptop" in line and "env=server" in line]
    rows = [[cell.strip() for cell in line.split("|")[4:-1]] for line in lines if line.startswith("| sphere")]
    assert rows == [["0.500", "10", "–"], ["0.500", "–", "90"]]


def test_capabilities_stand_in_the_order_of_the_tables(grid):
    (section,) = sections(grid[::-1])
    assert section.capabilities == [
        "reconstruction", "dimension", "extrapolation", "overfitting", "sampling", "throughput",
    ]  # fmt: skip
