"""The package in Python: evaluate, Results, manifold, dataset, metrics."""

import warnings

import pytest
import torch
from sklearn.decomposition import PCA
from torch import nn

import aeeval
from aeeval.errors import UnknownName, UsageError
from tests.tiny import write_suite

COLUMNS = {
    "suite", "task", "submission", "latent_dim", "seed", "capability", "metric", "axes", "unit", "better", "status",
    "value", "reason",
}  # fmt: skip


class Small(nn.Module):
    def __init__(self, *, shape, latent_dim, seed):
        super().__init__()
        self.shape, size = shape, torch.Size(shape).numel()
        self.down, self.up = nn.Linear(size, latent_dim), nn.Linear(latent_dim, size)

    def encode(self, x):
        return self.down(x.flatten(1))

    def decode(self, z):
        return self.up(z).reshape(-1, *self.shape)


class Mistaken(Small):
    def __init__(self, **settings):
        super().__init__(**settings)
        self.loss = nn.MSELoss()


def run(model, tmp_path, **settings):
    settings = {"seeds": 1, "capabilities": ("reconstruction",), **settings}
    return aeeval.evaluate(model, write_suite(tmp_path), **settings)


@pytest.mark.parametrize("model", [Small, PCA(), "pca"], ids=["class", "scikit-learn", "name"])
def test_evaluate_takes_classes_estimators_and_names(tmp_path, model):
    results = run(model, tmp_path)
    assert len(results) == len(results.records) > 0
    assert not results.failures
    frame = results.frame()
    assert set(frame.columns) >= COLUMNS
    assert set(frame.submission) >= {"mean", "pca"}
    assert "fvu" in repr(results)


def test_scikit_learns_pca_reads_as_our_pca(tmp_path):
    frame = run(PCA(), tmp_path, tasks=["cap"]).frame()
    fvu = frame[frame.metric == "fvu"].set_index("submission").value
    assert fvu["PCA"] == pytest.approx(fvu["pca"], rel=1e-5)  # rows are float32


def test_a_mistaken_loss_is_trained_on_squared_error_with_one_warning(tmp_path):
    with pytest.warns(UserWarning, match=r"Mistaken.loss is not used: expected loss\(x\)"):
        results = run(Mistaken, tmp_path, tasks=["cap"], reference=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        plain = run(Small, tmp_path, tasks=["cap"], reference=False)
    assert [r.value for r in results.records] == [r.value for r in plain.records]


def test_a_trained_model_with_its_data():
    generator = torch.Generator().manual_seed(0)
    train, test = torch.randn(100, 4, generator=generator), torch.randn(50, 4, generator=generator)
    model = Small(shape=(4,), latent_dim=2, seed=0)
    results = aeeval.evaluate(model, data=(train, test), seeds=1, capabilities=("reconstruction", "sampling"))
    rows = results.frame()
    assert set(rows[rows.submission == "Small"].track) == {"frozen"}
    assert not results.failures
    before = [p.clone() for p in model.parameters()]
    assert all(torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True))


def test_errors_before_anything_is_trained(tmp_path):
    with pytest.raises(UsageError, match="built already"):
        run(Small(shape=(4,), latent_dim=2, seed=0), tmp_path)
    with pytest.raises(UnknownName, match="did you mean sampling"):
        run("pca", tmp_path, capabilities=("samplin",))
    with pytest.raises(UnknownName, match="did you mean cap"):
        run("pca", tmp_path, tasks=["cup"])
    with pytest.raises(UsageError, match="use jobs=1"):
        run(Small, tmp_path, jobs=2)


def test_evaluate_leaves_threads_and_random_state_as_they_were(tmp_path):
    before, state = torch.get_num_threads(), torch.get_rng_state()
    run(Small, tmp_path, tasks=["cap"], reference=False)
    assert torch.get_num_threads() == before
    assert torch.equal(torch.get_rng_state(), state)


def test_manifolds_by_name_with_defaults_alone_and_with_parameters():
    from aeeval.manifolds import MANIFOLDS

    for name in MANIFOLDS:
        assert aeeval.manifold(name).dim >= 1
    assert aeeval.manifold("sphere", dim=3, ambient_dim=17, seed=5).ambient_dim == 17
    with pytest.raises(UnknownName, match="did you mean sphere"):
        aeeval.manifold("shpere")


def test_metrics_are_complete_records_with_one_headline_a_capability():
    metrics = aeeval.metrics()
    heads = [metric.capability for metric in metrics if metric.headline]
    assert sorted(heads) == sorted({metric.capability for metric in metrics})
    for metric in metrics:
        assert metric.better in ("lower", "higher", "target", "none")
        assert metric.effect in ("log", "difference")
        assert len(metric.doc) > 40
        assert metric.unit
        assert metric.range


def test_unknown_attributes_name_the_public_ones():
    with pytest.raises(AttributeError, match="evaluate"):
        _ = aeeval.evaluat


@pytest.mark.parametrize("kept", [False, True])
def test_a_notebook_shows_what_was_learned(tmp_path, kept):
    """Whether the run was kept in a folder or not."""
    keep = {"out": tmp_path / "out"} if kept else {}
    results = run(Small, tmp_path, seeds=1, capabilities=("reconstruction",), tasks=["cap"], reference=False, **keep)
    assert "<summary>Small on cap, k = 2</summary>" in results._repr_html_()
    assert "aeevalScene.mount" in results._repr_html_()
