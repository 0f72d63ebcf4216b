"""Rows cut into training, validation and test rows, and made numbers that a model sees."""

import torch
from torch import Tensor

from aeeval.datasets.base import Source
from aeeval.datasets.spec import Sizes
from aeeval.errors import DataError, message
from aeeval.seeds import derive, generator

Splits = dict[str, Tensor]
PARTS = ("train", "val", "test")


def split_source(source: Source, sizes: Sizes, name: str, seed: int) -> Splits:
    """Splits (rows, *shape) of a source in float64: rows / unit, standardised by the training rows where it says so.

    Test rows are the set's own where it has them. The default sizes give way to 60 %, 10 %, 30 % on a smaller set.
    """
    fits = len(source.rows) > sizes.train + sizes.val
    wanted = None if sizes == Sizes() and not fits else sizes
    parts = split(source.rows, wanted, name, seed) if source.test is None else _own_test(source, wanted, name, seed)
    ready = {part: rows.double().div_(source.unit) for part, rows in parts.items()}
    return standardised(ready) if source.standardise else ready


def split(rows: Tensor, sizes: Sizes | None, name: str, seed: int) -> Splits:
    """Shuffle (n, *shape) by the split seed and cut into train, val, test; without sizes 60 %, 10 %, 30 %."""
    order = _shuffled(len(rows), name, seed, "split")
    train, val = (sizes.train, sizes.val) if sizes else (int(0.6 * len(rows)), max(1, len(rows) // 10))
    rest = len(rows) - train - val
    if rest < 1:
        raise _too_few(train + val + 1, len(rows), name)
    test = min(sizes.test, rest) if sizes else rest
    return dict(zip(PARTS, rows[order[: train + val + test]].split([train, val, test]), strict=True))


def _own_test(source: Source, sizes: Sizes | None, name: str, seed: int) -> Splits:
    """train and val from the set's training rows, test from its test rows."""
    assert source.test is not None
    val = sizes.val if sizes else max(1, len(source.rows) // 10)
    train = sizes.train if sizes else len(source.rows) - val
    if train + val > len(source.rows):
        raise _too_few(train + val, len(source.rows), name)
    order = _shuffled(len(source.rows), name, seed, "split")[: train + val]
    chosen = _shuffled(len(source.test), name, seed, "split/test")[: sizes.test if sizes else None]
    return dict(zip(PARTS, (*source.rows[order].split([train, val]), source.test[chosen]), strict=True))


def hold_out(train: Tensor, name: str, seed: int) -> tuple[Tensor, Tensor]:
    """A tenth of the training rows for validation: -> (train, val)."""
    order = _shuffled(len(train), name, seed, "split")
    count = max(1, len(train) // 10)
    return train[order[count:]], train[order[:count]]


def standardised(parts: Splits) -> Splits:
    """(x − mean) / sd for every column, both of the training rows alone; a column that is constant there is centred."""
    mean = parts["train"].mean(dim=0)
    deviation = parts["train"].std(dim=0, correction=0)
    deviation = torch.where(deviation > 1e-12 * mean.abs(), deviation, 1.0)
    return {part: rows.sub_(mean).div_(deviation) for part, rows in parts.items()}


def _shuffled(count: int, name: str, seed: int, purpose: str) -> Tensor:
    return torch.randperm(count, generator=generator(derive(name, seed, purpose)))


def _too_few(needed: int, there: int, name: str) -> DataError:
    return DataError(message(f"at least {needed} rows for {name}", f"{there}", "lower rows.train"))
