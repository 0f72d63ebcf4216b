"""Stand-ins for metrics, and a maker of records: the smallest facts that a report needs."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from aeeval.record import Record


@dataclass(frozen=True)
class Facts:
    """What `aeeval.report.facts.MetricFacts` asks of a metric."""

    id: str
    capability: str
    better: str = "lower"
    ideal: float | None = 0.0
    unit: str = "1"
    effect: str = "log"
    floor: float = 1e-3
    margin: float = 0.05
    headline: bool = True
    version: int = 1
    doc: str = ""


ALL = (
    Facts("fvu", "reconstruction", floor=1e-6, doc="Fraction of variance unexplained: 0 perfect, 1 the mean.\n\nMore."),
    Facts("psnr", "reconstruction", "higher", None, "dB", "difference", headline=False),
    Facts("truth_error", "reconstruction", unit="scale", headline=False),
    Facts("dimension_mismatch", "dimension", unit="dimensions", effect="difference", margin=0.1),
    Facts("along_error", "extrapolation", unit="scale", headline=False),
    Facts("tube_error", "extrapolation", unit="scale", headline=False),
    Facts("extrapolation_reach", "extrapolation", "higher", None, "scale", "difference", headline=False),
    Facts("extrapolation_error", "extrapolation"),
    Facts("memorised_noise", "overfitting", effect="difference", margin=0.02),
    Facts("membership_auc", "overfitting", "target", 0.5, "probability", "difference", headline=False),
    Facts("sliced_wasserstein", "sampling", unit="scale"),
    Facts("copying", "sampling", "target", 0.5, "probability", "difference", headline=False),
    Facts("samples_per_s", "throughput", "higher", None, "samples/s", floor=0.0),
    Facts("latency_p50", "throughput", "lower", None, "ms", headline=False),
)
METRICS = {facts.id: facts for facts in ALL}


def make(metric: str = "fvu", value: float | None = 0.5, **fields: object) -> Record:
    """A record of one number; without a value it is `failed: broken` unless the fields say otherwise."""
    facts = METRICS.get(metric, Facts(metric, "reconstruction"))
    defaults = {
        "suite": "smoke",
        "suite_digest": "3f2a91c04d1e77aa",
        "task": "sphere",
        "task_version": 1,
        "data_sha256": "",
        "submission": "mlp",
        "submission_sha256": "00aa11bb22",
        "track": "recipe",
        "latent_dim": 2,
        "seed": 0,
        "capability": facts.capability,
        "metric": metric,
        "metric_version": facts.version,
        "unit": facts.unit,
        "better": facts.better,
        "status": "failed" if value is None else "ok",
        "reason": "broken" if value is None else None,
    }
    return Record(**{**defaults, "value": value, **fields})


@pytest.fixture
def metrics() -> dict[str, Facts]:
    return METRICS


@pytest.fixture
def record() -> Callable[..., Record]:
    return make


@pytest.fixture
def grid() -> list[Record]:
    """See `made_grid`."""
    return made_grid()


def made_grid() -> list[Record]:
    """Two tasks, three seeds; `mlp` beats `pca`, `vae` fails on one seed of one task, `broken` everywhere."""
    levels = {"mlp": 0.1, "vae": 0.2, "pca": 0.4, "mean": 1.0, "broken": None}
    tracks = {"pca": "reference", "mean": "reference"}
    records = []
    for metric in METRICS:
        for name, level in levels.items():
            for task, factor in (("sphere", 1.0), ("roll", 2.0)):
                for seed in range(3):
                    lost = level is None or (name == "vae" and task == "roll" and seed == 2)
                    fields = {"submission": name, "task": task, "seed": seed, "track": tracks.get(name, "recipe")}
                    if lost:
                        reason = "RuntimeError: no such layer_1 | & 100%" if level is None else "loss became NaN"
                        records.append(make(metric, None, reason=reason, **fields))
                        continue
                    value = level * factor + 0.01 * seed
                    if metric == "samples_per_s":
                        value = 1.3e6 * value
                    for axes in AXES.get(metric, ({},)):
                        records.append(make(metric, value, axes=dict(axes), **fields))
    return records


TIMED = {"device": "cpu", "dtype": "float32", "backend": "eager"}
AXES = {
    "along_error": [{"bin": round(0.05 + 0.1 * i, 2)} for i in range(6)],
    "tube_error": [{"delta": delta} for delta in (0.05, 0.1, 0.25)],
    "sliced_wasserstein": [{"sampler": name} for name in ("prior", "gauss", "gmm10", "truth")],
    "copying": [{"sampler": name} for name in ("prior", "gauss", "gmm10", "truth")],
    "samples_per_s": [{"op": op, "batch": batch, **TIMED} for op in ("encode", "decode") for batch in (1, 256)],
    "latency_p50": [{"op": op, "batch": 1, **TIMED} for op in ("encode", "decode")],
}
