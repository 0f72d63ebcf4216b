"""Metrics, one or several files a capability; add one as a function there, and its name here."""

import sys
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING

from aeeval.registry import Registry

if TYPE_CHECKING:
    from aeeval.metrics.base import Metric

_MODULES = {  # module -> its metrics; the modules of a capability stand together, as this order is that of all lists
    "reconstruction": (
        "fvu",
        "truth_error",
        "off_manifold",
        "idempotence",
        "cycle",
        "sampled_idempotence",
        "sampled_cycle",
    ),
    "images": ("psnr", "ssim"),
    "flags": ("answer_drift", "passes_input"),
    "dimension": (
        "dimension_mismatch",
        "kept_dim",
        "excess_dim",
        "round_trip_dim",
        "tangent_error",
        "latent_dim",
        "decoder_rank",
        "spectrum_count",
    ),
    "estimated_dim": ("estimated_dim", "zero_distances"),
    "codes": ("code_tail", "gradient_gap"),
    "extrapolation": ("extrapolation_error", "along_error", "extrapolation_reach", "tube_error", "pass_through"),
    "off_support": ("code_drift", "off_support_auroc"),
    "held_out": ("held_out_error", "held_out_auroc"),
    "corrupted": ("shift_error", "corruption_error", "corruption_passed"),
    "reliability": ("reliability", "edge_error"),
    "overfitting": ("memorised_noise", "gap", "membership_auc"),
    "attractors": ("attractor_return",),
    "sampling": ("sliced_wasserstein", "sample_distance", "copying"),
    "distances": ("energy_distance", "mmd", "frechet"),
    "coverage": ("precision", "recall", "density", "coverage"),
    "charts": ("chart_tv", "hole_mass"),
    "copies": ("z_u", "authenticity"),
    "repeats": ("repeated_samples",),
    "throughput": (
        "samples_per_s",
        "latency_p50",
        "latency_p95",
        "latency_p99",
        "first_call",
        "flops_per_sample",
        "peak_memory",
        "fvu_at_speed",
    ),
}
METRICS = Registry(
    "metric",
    {name: f"aeeval.metrics.{module}:{name}" for module, names in _MODULES.items() for name in names},
)


@cache
def all_metrics() -> "tuple[Metric, ...]":
    """Every registered metric, in the order of the capabilities."""
    return tuple(METRICS.get(name) for name in METRICS)


class _CallableModule(ModuleType):
    """`aeeval.metrics()` is a public call and `aeeval.metrics` this package: the import system gives both one name."""

    def __call__(self) -> "tuple[Metric, ...]":
        return all_metrics()


sys.modules[__name__].__class__ = _CallableModule
