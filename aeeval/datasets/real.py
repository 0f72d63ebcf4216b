"""Data sets of real rows: registered ones, a user's file, or arrays in memory."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from aeeval.datasets.base import Dataset, Rows, Source
from aeeval.datasets.files import named_splits, read_arrays
from aeeval.datasets.hubs import on_hub, source_of
from aeeval.datasets.noise import Noise
from aeeval.datasets.spec import DataSpec
from aeeval.datasets.split import hold_out, split, split_source
from aeeval.errors import DataError, message

Splits = dict[str, Tensor]


@dataclass(frozen=True)
class _Found:
    """Splits (rows, *shape) and where they are from; `ours` when the file did not name them."""

    splits: Splits
    card: dict[str, str]
    sha256: str
    version: int = 1
    ours: bool = True


def real(spec: DataSpec, name: str, seed: int) -> Dataset:
    """The splits of real rows; the split is drawn from (name, seed) where the file does not make it."""
    found = _registered(spec, name, seed) if spec.dataset is not None else _own(spec, name, seed)
    flat = {part: rows.flatten(1) for part, rows in found.splits.items()}
    scale = flat["train"].var(dim=0, correction=0).sum().sqrt().item()  # RMS distance from the mean, nothing copied
    if scale == 0:
        raise DataError(message("training rows that vary", f"{name}, where all rows are equal", "check the file"))
    return Dataset(
        name=name,
        shape=tuple(found.splits["train"].shape[1:]),
        train=Rows(flat["train"], flat["train"]),
        val=Rows(flat["val"], flat["val"]),
        test=Rows(flat["test"], flat["test"]),
        held_out=flat.get("held_out"),
        scale=scale,
        sha256=found.sha256,
        version=found.version,
        noise=Noise("gaussian", spec.noise) if spec.noise else None,
        train_known=not found.ours,
        card=found.card,
    )


def _registered(spec: DataSpec, name: str, seed: int) -> _Found:
    source = source_of(str(spec.dataset), spec.params)
    splits = split_source(source, spec.rows, name, seed, spec.held_out)
    return _Found(splits, _card(source, spec.held_out), _variant_digest(source, spec), source.version)


def _variant_digest(source: Source, spec: DataSpec) -> str:
    """That of the set, or of the set and what a task makes of it: parameters, and classes that are held out."""
    if not spec.params and not spec.held_out:
        return source.sha256
    variant = [source.sha256, spec.params, list(spec.held_out)]
    return hashlib.sha256(json.dumps(variant, sort_keys=True, default=list).encode()).hexdigest()


def _card(source: Source, held_out: Sequence[int]) -> dict[str, str]:
    """Where the rows are from and what was done to them; it goes into the results."""
    if source.test is None:
        cut = f"{len(source.rows)} rows, shuffled and cut by (task, seed)"
    else:
        cut = f"its own: {len(source.rows)} rows for train and val, {len(source.test)} for test"
    apart = f"; held out: {', '.join(map(str, held_out))} ({source.label})" if held_out else ""
    scaled = "; standardised by the training rows" if source.standardise else ""
    return {
        "origin": source.origin,
        "licence": source.licence,
        "split": cut + apart,
        "preprocessing": source.preprocessing + scaled,
        "sha256": source.sha256,
    }


def _own(spec: DataSpec, name: str, seed: int) -> _Found:
    if spec.path is not None:
        arrays, digest = read_arrays(spec.path)
    else:
        arrays = named_splits(spec.arrays or {}, "the given data")
        digest = arrays_digest(arrays)
    card = _own_card(spec.path, digest)
    if "rows" in arrays:
        return _Found(split(arrays["rows"], None, name, seed), card, digest)
    if "val" not in arrays:
        arrays["train"], arrays["val"] = hold_out(arrays["train"], name, seed)
    return _Found(arrays, card, digest, ours=False)


def _own_card(path: str | None, digest: str) -> dict[str, str]:
    if path is not None and on_hub(path):
        return _card(source_of(path), ())
    origin = path or "arrays in memory"
    return {"origin": origin, "licence": "the user's own", "preprocessing": "none", "sha256": digest}


def arrays_digest(arrays: Splits) -> str:
    """sha256 of the bytes of all arrays, in the order of their names."""
    return hashlib.sha256(b"".join(arrays[part].numpy().tobytes() for part in sorted(arrays))).hexdigest()
