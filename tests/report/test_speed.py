"""Tables of a bench: one setting each, every row in them, nothing that was not measured; and its roofline."""

import csv
import io
import json
from dataclasses import replace

import pytest

from aeeval.benching import Bench, Compared
from aeeval.errors import DataError, NotComparable, UnknownName
from aeeval.report.draw_roofline import draw_roofline, flops_per_s
from aeeval.report.speed import document, of_setting, read, render, tables
from aeeval.throughput.ceilings import Ceilings
from aeeval.throughput.compare import Comparison
from aeeval.throughput.device import Memory
from aeeval.throughput.energy import Energy
from aeeval.throughput.roofline import place
from aeeval.throughput.row import Row, Who
from aeeval.throughput.setting import Setting
from aeeval.throughput.subject import Work
from aeeval.throughput.timing import Sample, Timing

HERE = Setting("Abacus, 1 thread", "cpu")
BF16 = replace(HERE, dtype="bf16")
ROOFS = Ceilings(1e9, ((1e4, 9e8), (1e8, 2e8)))
WORK = Work(1e4, 0.5, ("_fft_r2c",), 1000, 80.0)
WHO = Who("mlp", "cap", 2)
MADE_BY = {"command": "aeeval bench mlp"}


def timing(seconds, mode="stream", n=400, **settings):
    facts = {"op": "encode", "batch": 1, "mode": mode, "first_call_s": 0.5, "warmup_calls": 3, **settings}
    samples = [Sample(seconds * (1 + 0.01 * (i % 3 - 1)), None) for i in range(n)]
    return Timing.of(samples, **{"converged": True, "stop_reason": "", **facts})


def row(batch, seconds, **facts):
    timings = {"stream": timing(seconds)}
    if batch == 1:
        timings = {"latency": timing(2 * seconds, "latency"), "latency cold": timing(8 * seconds), **timings}
    known = {"work": WORK, "place": place(WORK, batch, seconds, ROOFS), "fvu": 0.0123, "memory": Memory(4000, None)}
    return replace(Row(WHO, HERE, "encode", batch, timings=timings), **{**known, **facts})


def bench():
    rows = [
        row(1, 1e-4),
        row(4, 2e-4, energy=Energy(8e-3, 2.0, 100)),
        row(16, 9e-4),
        Row(WHO, HERE, "encode", 64, "out of memory", "out of memory at batch 64"),
        Row(WHO, HERE, "decode", 0, "failed", "the decoder | broke"),
        Row(WHO, replace(HERE, device="cuda"), "encode", 0, "not measured", "not measured: no CUDA device"),
        replace(row(1, 5e-5), setting=BF16),
    ]
    outcome = Comparison(1.5, (1.4, 1.6), 1.001, (0.999, 1.002), 0.02, "SLOWER", 12, "thread time")
    compared = [
        Compared(WHO, "mlp", HERE, "encode", 1, replace(outcome, verdict="SAME", ratio=1.0)),
        Compared(Who("vae", "cap", 2), "mlp", HERE, "encode", 1, outcome),
        Compared(Who("vae", "cap", 2), "mlp", HERE, "decode", 1, None, "it cannot be copied"),
    ]
    return Bench(rows, {HERE: ROOFS, BF16: ROOFS}, compared)


@pytest.fixture
def made():
    return document(bench(), MADE_BY)


def cells(table, **keys):
    """The first row whose keys are these, by header."""
    rows = [dict(zip(table.header, row, strict=True)) for row in table.rows]
    return next(row for row in rows if all(row[key] == value for key, value in keys.items()))


def test_every_setting_has_tables_of_its_own(made):
    found = tables(made)
    assert [table.title for table in found].count("Speed") == 3
    assert sum("bf16" in table.signature for table in found) == 3
    assert all("Abacus, 1 thread: " in table.signature for table in found)


def test_rows_of_two_settings_are_refused(made):
    with pytest.raises(NotComparable, match="dtype bf16 and fp32"):
        of_setting([made["rows"][0], made["rows"][-1]], [], [], MADE_BY)


def test_the_best_batch_and_the_latencies_of_batch_1(made):
    shown = cells(tables(made)[0], op="encode")
    assert shown["samples/s ↑"] == "20,000"
    assert shown["batch"] == "4"
    assert (shown["p50 ms ↓"], shown["cold p50 ms"]) == ("0.200", "0.800")
    assert shown["p99 ms"] == "0.202"
    assert shown["first call ms"] == "500"
    assert shown["fvu ↓"] == "0.0123"


def test_what_could_not_be_measured_says_so_and_why(made):
    text = render(made)
    assert "not measured¹" in text
    assert "¹ not measured: no CUDA device" in text
    assert "out of memory at batch 64" in text
    assert "the decoder \\| broke" in text


def test_work_memory_and_energy_of_the_best_batch(made):
    shown = cells(tables(made)[1], op="encode")
    assert shown["FLOP/sample"] == "10,000¹"
    assert shown["counted %"] == "50"
    assert shown["bound"] == "compute"
    assert shown["of GEMM %"] == "20"
    assert (shown["peak kB"], shown["reserved kB"]) == ("4", "–")
    assert shown["mJ/sample"] == "2"
    assert tables(made)[1].notes == ("¹ no formula: _fft_r2c",)


def test_comparisons_show_the_noise_of_the_run(made):
    table = tables(made)[3]
    assert table.title == "Against mlp, call by call"
    own, other = cells(table, submission="mlp, a copy"), cells(table, submission="vae", op="encode")
    assert own["verdict"] == "SAME"
    assert (other["time ratio ↓"], other["verdict"], other["A/A ratio"]) == ("1.500", "SLOWER", "1.0010")
    assert cells(table, op="decode")["time ratio ↓"] == "not measured¹"


def test_csv_has_a_line_a_row_and_json_all_of_it(made):
    lines = list(csv.DictReader(io.StringIO(render(made, "csv"))))
    assert len(lines) == len(made["rows"])
    assert lines[1]["samples_per_s"] == "20000.0"
    assert lines[3]["status"] == "out of memory"
    assert lines[3]["samples_per_s"] == ""
    assert read(render(made, "json"), "here") == json.loads(json.dumps(made))


def test_latex_is_ascii_and_has_every_table(made):
    text = render(made, "latex")
    assert text.isascii()
    assert text.count(r"\begin{table}") == len(tables(made))


def test_another_format_and_another_file_are_refused(made):
    with pytest.raises(UnknownName, match="did you mean csv"):
        render(made, "cvs")
    for text in ("no json", "[]", "{}"):
        with pytest.raises(DataError, match="make"):
            read(text, "here")


def test_a_roofline_has_a_panel_for_each_setting_and_a_point_for_each_batch(made):
    pytest.importorskip("matplotlib")
    figure = draw_roofline(made)
    assert len(figure.axes) == 2
    points = figure.axes[0].collections[0].get_offsets()
    measured = [row for row in made["rows"] if row["dtype"] == "fp32" and row["period_s"]]
    assert [tuple(point) for point in points] == [(row["intensity"], flops_per_s(row)) for row in measured]
    assert "2 rows have no counted work or no time" in figure.axes[0].get_title()
    assert "products, 1 GFLOP/s" in [text.get_text() for text in figure.axes[0].texts]


def test_a_bench_without_counted_work_has_no_roofline(made):
    pytest.importorskip("matplotlib")
    with pytest.raises(DataError, match="counted FLOPs"):
        draw_roofline({**made, "rows": [row for row in made["rows"] if not row["period_s"]]})
