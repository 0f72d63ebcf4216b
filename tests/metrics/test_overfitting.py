"""Known answers of overfitting: what the training rows' noise does to models of known effective freedom."""

import math

import pytest
import torch

from aeeval.datasets.spec import Sizes
from aeeval.errors import Skipped
from aeeval.evidence import Evidence, Memo
from aeeval.metrics import overfitting
from aeeval.metrics.overfitting import GHOST_SETS, gap, leak, membership_auc, memorised_noise
from tests import worlds


def plane(n, seed):
    return worlds.dataset("plane", seed, support="box", noise=0.05, rows=Sizes(n, 50, 400, 0), dim=3, ambient_dim=20)


def one(metric, model, data, seed=1):
    (value,) = metric(worlds.evidence(model, data, seed=seed))
    return value


def test_a_model_that_passes_through_its_training_rows_reads_one():
    data = worlds.dataset(noise=0.05, seed=5)
    value = one(memorised_noise, worlds.memoriser(data.train.x), data)
    assert value.value == pytest.approx(1, abs=1e-12)
    assert value.p == 1 / (GHOST_SETS + 1)


def test_the_projector_and_the_constant_memorise_nothing():
    data = worlds.dataset(noise=0.05, seed=6)
    assert one(memorised_noise, worlds.projector(data.manifold), data).value == pytest.approx(0, abs=1e-12)
    value = one(memorised_noise, worlds.constant(torch.zeros(20, dtype=torch.float64)), data)
    assert abs(value.value) < 4 * value.stderr + 1e-12


def test_the_identity_is_skipped_as_it_passes_all_noise():
    data = worlds.dataset(noise=0.05, seed=7)
    with pytest.raises(Skipped, match="passes 100%"):
        memorised_noise(worlds.evidence(worlds.identity(), data))


@pytest.mark.parametrize(("n", "sd"), [(50, 0.0143), (100, 0.0071), (400, 0.0017)])
def test_pca_on_a_plane_reads_its_degrees_of_freedom_over_n(n, sd):
    """(d + 1)/n at k = d, Efron's effective degrees of freedom; one-run sd measured, mean of 6 runs here."""
    values = []
    for seed in range(6):
        data = plane(n, seed)
        values.append(one(memorised_noise, worlds.pca(data.train.x, 3), data, seed).value)
    assert sum(values) / 6 == pytest.approx(4 / n, abs=4 * sd / 6**0.5)


def test_the_rank_p_value_of_an_honest_model_is_uniform():
    """A shrinking map knows no row: training rows and ghosts are exchangeable. P(p ≤ .2) = .2; 60 runs, 4 sd = .21."""
    hits = 0
    for seed in range(60):
        data = worlds.dataset(noise=0.05, seed=seed, rows=Sizes(60, 20, 20, 0))
        hits += one(memorised_noise, worlds.linear(0.5 * torch.eye(20, dtype=torch.float64)), data, seed).p <= 0.2
    assert abs(hits / 60 - 0.2) < 0.21


def test_ghosts_are_drawn_once_for_all_models_and_change_no_number(monkeypatch):
    """With room for them in memory they are shared; without it each model draws the same ones again."""
    data, shared, drawn = worlds.dataset(noise=0.05, seed=5, rows=Sizes(60, 20, 20, 0)), Memo(), []
    draws = overfitting._drawn_ghosts
    monkeypatch.setattr(overfitting, "_drawn_ghosts", lambda evidence: drawn.append(1) or draws(evidence))
    models = (worlds.memoriser(data.train.x), worlds.pca(data.train.x, 3))

    def numbers():
        made = (Evidence(m, data, latent_dim=2, task="world", seed=1, shared=shared) for m in models)
        return [(v.value, v.stderr, v.p) for evidence in made for v in memorised_noise(evidence)]

    kept = numbers()
    assert len(drawn) == 1
    assert [ghost for ghost, *_ in shared.values["ghosts"]] == list(range(GHOST_SETS))
    monkeypatch.setattr(overfitting, "SHARED_NUMBERS", 0)
    assert numbers() == kept
    assert len(drawn) == 3


def test_leak_reads_the_share_of_noise_passed():
    truth = torch.zeros(5, 3, dtype=torch.float64)
    rows = torch.arange(15, dtype=torch.float64).reshape(5, 3) + 1
    assert leak(0.3 * rows, rows, truth) == pytest.approx(0.3)
    assert leak(truth, rows, truth) == 0


def test_gap_has_a_floor_and_a_sign():
    data = worlds.dataset(noise=0.05, seed=8)
    assert one(gap, worlds.identity(), data).value == 0
    memory = one(gap, worlds.memoriser(data.train.x), data).value
    test = (worlds.memoriser(data.train.x).reconstruct(data.test.x) - data.test.x).square().sum(dim=1).mean().item()
    assert memory == pytest.approx(math.log((test + 1e-6) / 1e-6))


def test_membership_auc_is_a_half_for_honest_models_and_one_for_memory():
    data = worlds.dataset(noise=0.05, seed=9)
    honest = one(membership_auc, worlds.projector(data.manifold), data)
    assert honest.value == pytest.approx(0.5, abs=4 * (1 / 12 * (2 / 1000)) ** 0.5)
    assert one(membership_auc, worlds.memoriser(data.train.x), data).value == pytest.approx(1)
    tied = one(membership_auc, worlds.identity(), data)
    assert tied.value == 0.5
