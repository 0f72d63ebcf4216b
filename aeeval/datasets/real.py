"""Data sets of real rows: registered ones, a user's file, or arrays in memory."""

import hashlib
from dataclasses import dataclass

import torch
from torch import Tensor

from aeeval.datasets import DATASETS
from aeeval.datasets.base import Dataset, Rows, Source
from aeeval.datasets.files import named_splits, read_arrays
from aeeval.datasets.noise import Noise
from aeeval.datasets.spec import DataSpec, Sizes
from aeeval.errors import DataError, message
from aeeval.seeds import derive, generator

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
    scale = (flat["train"] - flat["train"].mean(dim=0)).square().sum(dim=1).mean().sqrt().item()
    if scale == 0:
        raise DataError(message("training rows that vary", f"{name}, where all rows are equal", "check the file"))
    return Dataset(
        name=name,
        shape=tuple(found.splits["train"].shape[1:]),
        train=Rows(flat["train"], flat["train"]),
        val=Rows(flat["val"], flat["val"]),
        test=Rows(flat["test"], flat["test"]),
        scale=scale,
        sha256=found.sha256,
        version=found.version,
        noise=Noise("gaussian", spec.noise) if spec.noise else None,
        train_known=not found.ours,
        card=found.card,
    )


def _registered(spec: DataSpec, name: str, seed: int) -> _Found:
    source: Source = DATASETS.get(str(spec.dataset))(**spec.params)
    card = {"origin": source.origin, "licence": source.licence, "preprocessing": source.preprocessing}
    return _Found(split(source.rows, spec.rows, name, seed), card, source.sha256, source.version)


def _own(spec: DataSpec, name: str, seed: int) -> _Found:
    if spec.path is not None:
        arrays, digest = read_arrays(spec.path)
    else:
        arrays = named_splits(spec.arrays or {}, "the given data")
        digest = arrays_digest(arrays)
    card = {"origin": spec.path or "arrays in memory", "licence": "the user's own", "preprocessing": "none"}
    if "rows" in arrays:
        return _Found(split(arrays["rows"], None, name, seed), card, digest)
    if "val" not in arrays:
        arrays["train"], arrays["val"] = _hold_out(arrays["train"], name, seed)
    return _Found(arrays, card, digest, ours=False)


def arrays_digest(arrays: Splits) -> str:
    """sha256 of the bytes of all arrays, in the order of their names."""
    return hashlib.sha256(b"".join(arrays[part].numpy().tobytes() for part in sorted(arrays))).hexdigest()


def split(rows: Tensor, sizes: Sizes | None, name: str, seed: int) -> Splits:
    """Shuffle (n, *shape) by the split seed and cut into train, val, test; without sizes 60 %, 10 %, 30 %."""
    order = torch.randperm(len(rows), generator=generator(derive(name, seed, "split")))
    train, val = (sizes.train, sizes.val) if sizes else (int(0.6 * len(rows)), max(1, len(rows) // 10))
    rest = len(rows) - train - val
    if rest < 1:
        raise DataError(message(f"at least {train + val + 1} rows for {name}", f"{len(rows)}", "lower rows.train"))
    test = min(sizes.test, rest) if sizes else rest
    parts = rows[order[: train + val + test]].split([train, val, test])
    return dict(zip(("train", "val", "test"), parts, strict=True))


def _hold_out(train: Tensor, name: str, seed: int) -> tuple[Tensor, Tensor]:
    """A tenth of the training rows for validation."""
    order = torch.randperm(len(train), generator=generator(derive(name, seed, "split")))
    count = max(1, len(train) // 10)
    return train[order[count:]], train[order[:count]]
