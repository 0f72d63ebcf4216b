"""Reconstruction of images: the two numbers that papers on images print."""

import torch
from torch import Tensor

from aeeval.errors import Skipped
from aeeval.evidence import Evidence
from aeeval.metrics.base import Value, metric
from aeeval.numerics.ssim import LEAST_WINDOW, structural_similarity, window_of


@metric(
    capability="reconstruction",
    unit="dB",
    better="higher",
    ideal=None,
    range="(−∞, 100]",
    needs=("image",),
    effect="difference",
    margin=0.2,
)
def psnr(evidence: Evidence) -> float:
    """Peak signal-to-noise ratio of images in [0, 1]: the mean over test rows of −10 log₁₀ MSE, capped at 100 dB.

    On clean test rows. Null: none. Source: the definition, with the peak 1.
    """
    error = evidence.test_trips.errors.square() / evidence.dataset.ambient_dim
    return (-10 * torch.log10(error.clamp(min=1e-10))).mean().item()


@metric(
    capability="reconstruction",
    unit="1",
    better="higher",
    ideal=1.0,
    range="[−1, 1]",
    needs=("image",),
    effect="difference",
    margin=0.01,
)
def ssim(evidence: Evidence) -> Value:
    """Structural similarity of images in [0, 1] and their round trips, the mean over clean test rows; 1 only if equal.

    (2 μ_x μ_y + C₁)(2 σ_xy + C₂) / ((μ_x² + μ_y² + C₁)(σ_x² + σ_y² + C₂)), moments under a Gaussian window of 11 × 11,
    σ = 1.5, C₁ = .01², C₂ = .03², over channels and all places where the window fits. Images under 11 pixels take the
    largest odd window that fits (8 × 8: 7), so numbers of different sizes do not compare; under 7 it is skipped.
    Null: none. Source: Wang, Bovik, Sheikh, Simoncelli, IEEE Trans. Image Processing 2004.
    """
    shape = evidence.dataset.shape
    if window_of(shape[1], shape[2]) < LEAST_WINDOW:
        raise Skipped(f"images of {shape[1]} × {shape[2]} hold no window of {LEAST_WINDOW} × {LEAST_WINDOW}")

    def similarity(*pairs: Tensor) -> Tensor:
        return structural_similarity(*(part.reshape(-1, *shape) for part in pairs))

    each = evidence.test_trips.each(similarity, evidence.dataset.test.clean)
    return Value(each.mean().item(), stderr=(each.std() / len(each) ** 0.5).item() if len(each) > 1 else None)
