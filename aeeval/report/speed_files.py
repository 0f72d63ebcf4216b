"""A bench on disk: the document, its tables in every format, and every sample that was taken."""

import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from aeeval.benching import Bench
from aeeval.report.speed import FORMATS, render

SUFFIXES = {"md": "md", "csv": "csv", "latex": "tex", "json": "json"}


def write(folder: str | Path, made: Mapping[str, Any], bench: Bench) -> Iterator[Path]:
    """Write bench.json, bench.md, bench.csv, bench.tex and samples.npz into a folder; -> their paths."""
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    for style in FORMATS:
        path = target / f"bench.{SUFFIXES[style]}"
        path.write_text(render(made, style), encoding="utf-8")
        yield path
    path = target / "samples.npz"
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **samples(bench))  # type: ignore[arg-type]
    path.write_bytes(buffer.getvalue())
    yield path


def samples(bench: Bench) -> dict[str, np.ndarray]:
    """Every sample in seconds, float32, by row and timing: "task/k/submission/op/batch/dtype/backend/mode"."""
    return {
        "/".join(
            map(
                str,
                (
                    row.who.task,
                    row.who.latent_dim,
                    row.who.submission,
                    row.op,
                    row.batch,
                    row.setting.dtype,
                    row.setting.backend,
                    mode.replace(" ", "_"),
                ),
            )
        ): np.asarray(timing.samples, dtype=np.float32)
        for row in bench.rows
        for mode, timing in row.timings.items()
    }
