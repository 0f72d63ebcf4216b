"""Detail tables: conditions down, curves across, null values beside."""

import pytest

from aeeval.report.details import details
from aeeval.report.sections import sections


@pytest.fixture
def tables(metrics):
    def of(records, capability):
        (section,) = sections(records)
        return {table.title: table for table in details(section, capability, metrics)}

    return of


def test_a_capability_with_its_headline_alone_has_no_details(record, tables):
    assert tables([record("fvu")], "reconstruction") == {}


def test_other_metrics_stand_side_by_side(record, tables):
    table = tables([record("fvu"), record("psnr", 20.0), record("truth_error", 0.1)], "reconstruction")
    assert list(table) == ["Reconstruction"]
    assert table["Reconstruction"].header == ("task", "k", "submission", "psnr ↑", "truth_error ↓")
    assert table["Reconstruction"].rows == (("sphere", "2", "mlp", "20", "0.100"),)
    assert "Units: `psnr` in dB; `truth_error` in scale." in table["Reconstruction"].lead


def test_the_plain_table_comes_first_and_the_others_as_their_metrics_do(record, tables):
    timed = [record("samples_per_s", 9.0, axes={"op": "encode", "batch": batch}) for batch in (1, 8)]
    others = [record("latency_p50", axes={"op": "encode"}), record("size", capability="throughput")]
    assert list(tables([*timed, *others], "throughput")) == [
        "Throughput: size",
        "Throughput: samples_per_s by batch",
        "Throughput: latency_p50",
    ]


def test_conditions_go_down_the_rows(record, tables):
    records = [
        record(metric, value, axes={"sampler": sampler})
        for metric, value in (("sliced_wasserstein", 0.25), ("copying", 0.5))
        for sampler in ("prior", "gauss")
    ]
    table = tables(records, "sampling")["Sampling by sampler"]
    assert table.header == ("task", "k", "submission", "sampler", "sliced_wasserstein ↓", "copying →")
    assert [row[3:] for row in table.rows] == [("prior", "0.250", "0.500"), ("gauss", "0.250", "0.500")]


def test_numeric_conditions_are_sorted_by_size_and_constant_ones_said_once(record, tables):
    records = [
        record("samples_per_s", 100.0 * batch, axes={"op": "encode", "batch": batch, "device": "cpu"})
        for batch in (1024, 1, 32)
    ]
    table = tables(records, "throughput")["Throughput: samples_per_s by batch"]
    assert [row[3] for row in table.rows] == ["1", "32", "1024"]
    assert table.lead[-1] == "All at device=cpu op=encode."
    assert table.align[3] == "right"


def test_a_short_curve_goes_across_beside_the_others(record, tables):
    records = [record("tube_error", delta, axes={"delta": delta}) for delta in (0.25, 0.1)]
    table = tables([*records, record("psnr", capability="extrapolation")], "extrapolation")["Extrapolation"]
    assert table.header[3:] == ("tube_error[delta=0.1] ↓", "tube_error[delta=0.25] ↓", "psnr ↑")
    assert table.rows[0][3:] == ("0.100", "0.250", "0.500")


def test_a_long_curve_has_its_own_table_for_tasks_with_the_same_points(record, tables):
    records = [
        record("along_error", bins, task=task, axes={"bin": round(width * i, 3)})
        for task, width in (("a", 0.1), ("b", 0.1), ("c", 0.3))
        for i, bins in enumerate((0.1, 0.2, 0.3, 0.4, 0.5))
    ]
    (section,) = sections(records)
    by_points = details(section, "extrapolation", {})
    assert [table.title for table in by_points] == ["Extrapolation: along_error by bin"] * 2
    assert by_points[0].header[3:] == ("bin=0.0", "bin=0.1", "bin=0.2", "bin=0.3", "bin=0.4")
    assert [row[0] for row in by_points[0].rows] == ["a", "b"]
    assert by_points[1].rows[0][3:] == ("0.100", "0.200", "0.300", "0.400", "0.500")


def test_what_failed_before_it_had_axes_counts_everywhere(record, tables):
    records = [record("copying", 0.5, axes={"sampler": s}) for s in ("prior", "gauss")]
    records += [record("copying", None, seed=1), record("copying", None, submission="dead")]
    rows = {row[2:4]: row[4] for row in tables(records, "sampling")["Sampling: copying by sampler"].rows}
    assert rows == {
        ("dead", "–"): "failed¹",
        ("mlp", "prior"): "0.500 (1 of 2 failed)¹",
        ("mlp", "gauss"): "0.500 (1 of 2 failed)¹",
    }


def test_a_curve_that_failed_before_it_had_axes_fills_its_columns(record, tables):
    records = [record("tube_error", 0.1, axes={"delta": d}) for d in (0.05, 0.1)]
    records += [record("tube_error", None, submission="dead")]
    rows = tables(records, "extrapolation")["Extrapolation: tube_error by delta"].rows
    assert rows[0][2:] == ("dead", "failed¹", "failed¹")


def test_null_values_stand_once_when_constant_and_in_brackets_when_not(record, tables):
    constant = [record("copying", 0.6, null=0.5), record("copying", 0.7, null=0.5, seed=1)]
    table = tables(constant, "sampling")["Sampling: copying"]
    assert "Null values, to compare with: `copying` 0.500." in table.lead
    assert "[" not in table.rows[0][3]
    varying = [record("copying", 0.6, null=0.4), record("copying", 0.6, null=0.5, task="roll")]
    table = tables(varying, "sampling")["Sampling: copying"]
    assert [row[3] for row in table.rows] == ["0.600 [0.400]", "0.600 [0.500]"]


def test_a_metric_that_this_version_does_not_know_is_still_shown(record, tables):
    table = tables([record("old_metric", 0.25, better="higher")], "reconstruction")["Reconstruction: old_metric"]
    assert table.header[3] == "old_metric ↑"
    assert table.rows[0][3] == "0.250"


def test_what_is_skipped_in_every_row_is_a_line_and_no_column(record, tables):
    """One row with a number, or one that failed, and the column stands."""
    skipped = [record(name, None, status="skipped", reason="needs noise") for name in ("truth_error", "cycle")]
    images = record("ssim", None, status="skipped", reason="needs images")
    table = tables([record("psnr", 20.0), *skipped, images], "reconstruction")["Reconstruction"]
    assert table.header[3:] == ("psnr ↑",)
    assert table.lead[-2:] == (
        "Skipped in every row, needs noise: `truth_error`, `cycle`.",
        "Skipped in every row, needs images: `ssim`.",
    )
    other = record("ssim", None, submission="vae")
    table = tables([record("psnr", 20.0), images, other], "reconstruction")["Reconstruction"]
    assert table.header[3:] == ("psnr ↑", "ssim ↓")
    assert "ssim ↓" in tables([images], "reconstruction")["Reconstruction: ssim"].header


def test_a_curve_over_two_axes_has_short_headers_and_its_null_once(record, tables):
    points = [(name, severity) for name in ("blur", "noise") for severity in (0.5, 1, 2)]
    records = [record("shift", null=1.0, axes={"corruption": name, "severity": severity}) for name, severity in points]
    table = tables(records, "reconstruction")["Reconstruction: shift by corruption, severity"]
    assert table.header[3:] == ("blur 0.5", "blur 1", "blur 2", "noise 0.5", "noise 1", "noise 2")
    assert "Null value of every column, to compare with: 1." in table.lead
