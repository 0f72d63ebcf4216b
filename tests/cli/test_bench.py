"""`aeeval bench` and `aeeval draw roofline` as a user meets them."""

import json

import numpy as np
import pytest
import torch

from tests.tiny import write_submission, write_suite

QUICK = ("--min-time", "0.001", "--batch", "1", "--batch", "4")


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return write_suite(tmp_path)


def test_a_bench_prints_tables_writes_files_and_draws(aeeval, tiny, tmp_path):
    mine = write_submission(tmp_path)
    code, out, err = aeeval("bench", mine, "pca", "--suite", tiny, "--reference", "pca", *QUICK, "--out", "made")
    assert code == 0, err
    for word in (
        "## Speed",
        "## Work and memory",
        "## Every batch size",
        "## Against pca",
        "pca, a copy",
        "round_trip",
    ):
        assert word in out
    assert sorted(path.name for path in (tmp_path / "made").iterdir()) == [
        "bench.csv",
        "bench.json",
        "bench.md",
        "bench.tex",
        "samples.npz",
    ]
    made = json.loads((tmp_path / "made" / "bench.json").read_text())
    assert {(row["submission"], row["op"], row["batch"]) for row in made["rows"]} == {
        (name, op, batch) for name in ("mine", "pca") for op in ("encode", "decode", "round_trip") for batch in (1, 4)
    }
    assert all(row["fvu"] is not None and row["flops_coverage"] == 1 for row in made["rows"])
    assert made["made_by"]["command"].startswith("aeeval bench")
    samples = np.load(tmp_path / "made" / "samples.npz", allow_pickle=False)
    first = made["rows"][0]
    kept = samples["cap/2/mine/encode/1/fp32/eager/latency"]
    assert len(kept) == first["timings"]["latency"]["n"]
    assert np.median(kept) == pytest.approx(first["latency_p50_s"], rel=1e-6)
    pytest.importorskip("matplotlib")
    code, out, err = aeeval("draw", "roofline", "made/bench.json", "--out", "roof.png")
    assert code == 0, err
    assert (tmp_path / "roof.png").stat().st_size > 10_000


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_a_gpu_that_is_not_there_reads_not_measured(aeeval, tiny):
    code, out, _ = aeeval("bench", "pca", "--suite", tiny, "--device", "cuda", *QUICK)
    assert code == 0
    assert "not measured¹" in out
    assert "no CUDA device on this machine" in out


def test_a_number_type_is_its_own_table_and_one_that_is_none_is_not_measured(aeeval, tiny):
    types = ("--dtype", "fp32", "--dtype", "bf16", "--dtype", "tf32")
    code, out, _ = aeeval("bench", "pca", "--suite", tiny, "--min-time", "0.001", "--batch", 1, *types)
    assert code == 0
    assert out.count("## Speed") == 3
    assert "tf32 is a mode of NVIDIA GPUs" in out


def test_a_broken_submission_is_a_row_and_ends_with_three(aeeval, tiny, tmp_path):
    bad = write_submission(
        tmp_path, "bad", text="def build(*, shape, latent_dim, seed):\n    raise OSError('no weights')\n"
    )
    code, out, _ = aeeval("bench", bad, "pca", "--suite", tiny, *QUICK, "--format", "csv")
    assert code == 3
    assert "build raised OSError: no weights" in out
    assert out.count(",pca,cap,") == 6


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("bench", "pcaa"), "did you mean pca"),
        (("bench", "pca", "--task", "spere*"), "unknown task"),
        (("bench", "pca", "--dtype", "fp64"), "'fp64' is not one of"),
        (("bench", "pca", "--device", "gpu"), "unknown device"),
        (("bench", "pca", "--reference", "mean"), "unknown reference"),
        (("draw", "roofline", "none.json"), "does not exist"),
        (("draw", "roofline", "none.json", "--support", "all"), "drop them"),
    ],
)
def test_usage_errors(aeeval, tmp_path, monkeypatch, arguments, reason):
    monkeypatch.chdir(tmp_path)
    code, _, err = aeeval(*arguments)
    assert code == 2
    assert reason in err


def test_a_trained_model_on_its_own_data(aeeval, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    model = torch.nn.Sequential()
    model.add_module("encoder", torch.nn.Linear(6, 2))
    model.add_module("decoder", torch.nn.Linear(2, 6))
    program = torch.export.export(
        model.eval(), (torch.zeros(3, 6),), dynamic_shapes={"input": {0: torch.export.Dim("n")}}
    )
    torch.export.save(program, "model.pt2")
    rows = np.random.default_rng(0).normal(size=(60, 6)).astype("float32")
    np.savez("faces.npz", train=rows[:40], test=rows[40:])
    code, out, err = aeeval("bench", "mine=model.pt2", "--data", "faces.npz", *QUICK)
    assert code == 0, err
    assert "faces" in out
    assert "mine" in out
