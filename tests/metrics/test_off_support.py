"""Known answers of decoded codes far out, and of the error as an anomaly score."""

import pytest
import torch

from aeeval.errors import Skipped
from aeeval.metrics.off_support import RADII, code_drift, off_support_auroc
from tests import worlds


@pytest.fixture(scope="module")
def sphere():
    return worlds.dataset(seed=2)


@pytest.fixture(scope="module")
def cap():
    return worlds.dataset(support="cap", seed=2)


def drift(model, data):
    return {value.axes["radius"]: value.value for value in code_drift(worlds.evidence(model, data))}


def test_linear_codes_leave_the_sphere_by_their_radius(sphere):
    """PCA₃ of the unit sphere: Σ_z = I/3, so ρ √3 Σ^½ u has length ρ, and lies |ρ − 1| off; Σ is known to 5 %."""
    got = drift(worlds.pca(sphere.train.x, 3), sphere)
    assert set(got) == set(RADII)
    for radius, value in got.items():
        assert value == pytest.approx(abs(radius - 1), abs=0.05 * radius)


def test_a_decoder_onto_the_manifold_never_leaves_it(sphere):
    onto = worlds.World(worlds.same, sphere.manifold.project)
    assert max(drift(onto, sphere).values()) < 1e-12


def test_an_affine_recoding_changes_nothing(sphere):
    """Codes z' = A z + b: the ellipsoids are the same sets, drawn by other directions."""
    plain = worlds.pca(sphere.train.x, 3)
    matrix = torch.tensor([[3.0, 0.2, 0.0], [0.0, 0.5, 0.1], [0.3, 0.0, 7.0]], dtype=torch.float64)
    shift = torch.tensor([5.0, -2.0, 0.0], dtype=torch.float64)
    recoded = worlds.World(
        lambda x: plain.encode(x) @ matrix.T + shift, lambda z: plain.decode((z - shift) @ torch.linalg.inv(matrix).T)
    )
    for radius, value in drift(recoded, sphere).items():
        assert value == pytest.approx(drift(plain, sphere)[radius], abs=0.03 * radius)


def test_idle_codes_are_left_out(sphere):
    """Two dead units beside PCA₃: the typical radius stays √3, not √5."""
    plain = worlds.pca(sphere.train.x, 3)
    padded = worlds.World(
        lambda x: torch.nn.functional.pad(plain.encode(x), (0, 2), value=0.7), lambda z: plain.decode(z[:, :3])
    )
    assert drift(padded, sphere)[1.0] == pytest.approx(0, abs=0.05)


def test_a_constant_has_no_codes_to_move(sphere):
    with pytest.raises(Skipped, match="codes do not vary"):
        code_drift(worlds.evidence(worlds.constant(sphere.train.x[0]), sphere))


def auroc(model, data):
    (value,) = off_support_auroc(worlds.evidence(model, data))
    return value


def test_an_error_that_tells_the_outside_reads_one_and_a_tie_a_half(cap):
    """r = π + s(x) u errs by the support distance: 0 inside, more outside. The identity errs nowhere."""
    u = torch.eye(20, dtype=torch.float64)[0]
    tells = worlds.World(lambda x: x + cap.support.support_distance(cap.manifold.project(x))[:, None] * u, worlds.same)
    value = auroc(tells, cap)
    assert value.value == 1
    assert value.p < 1e-100
    tied = auroc(worlds.identity(), cap)
    assert (tied.value, tied.null) == (0.5, 0.5)
    assert tied.p >= 0.5


def test_an_error_of_chance_reads_a_half_within_its_spread(cap):
    """sd of the area for equal laws: √((n + m + 1)/(12 n m)) = .0129 for 1000 against 1000."""
    noise = 0.1 * torch.randn(2, 1000, 20, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    sides = {cap.test.clean.data_ptr(): noise[0], cap.beyond.x.data_ptr(): noise[1]}
    model = worlds.World(lambda x: x + sides.get(x.data_ptr(), torch.zeros(1)), worlds.same)
    value = auroc(model, cap)
    assert value.value == pytest.approx(0.5, abs=4 * 0.0129)
    assert value.p > 1e-4


def test_it_needs_an_outside(sphere):
    with pytest.raises(Skipped, match="larger than the support"):
        off_support_auroc(worlds.evidence(worlds.identity(), sphere))
