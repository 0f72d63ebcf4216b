"""Rows cut into training, validation and test rows, and made numbers that a model sees."""

from collections.abc import Sequence

import torch
from torch import Tensor

from aeeval.datasets.base import Source
from aeeval.datasets.spec import Sizes
from aeeval.errors import DataError, message
from aeeval.seeds import derive, generator

Splits = dict[str, Tensor]
PARTS = ("train", "val", "test")


def split_source(source: Source, sizes: Sizes, name: str, seed: int, held_out: Sequence[int] = ()) -> Splits:
    """Splits (rows, *shape) of a source in float64: rows / unit, standardised by the training rows where it says so.

    Test rows are the set's own where it has them. The default sizes give way to 60 %, 10 %, 30 % on a smaller set. Rows
    of the classes `held_out` are in none of the three, but up to `sizes.beyond` of them in a fourth, `held_out`, taken
    from the set's own test rows where it has them.
    """
    _check_classes(source, held_out, name)
    inside = _inside(source.labels, held_out)
    count = len(source.rows) if inside is None else int(inside.sum())
    wanted = None if sizes == Sizes() and count <= sizes.train + sizes.val else sizes
    if source.test is None:
        parts = split(source.rows, wanted, name, seed, inside)
    else:
        parts = _own_test(source, wanted, name, seed, held_out)
    if held_out:
        parts["held_out"] = _of_classes(source, held_out, sizes.beyond, name, seed)
    ready = {part: rows.double().div_(source.unit) for part, rows in parts.items()}
    return standardised(ready) if source.standardise else ready


def split(rows: Tensor, sizes: Sizes | None, name: str, seed: int, inside: Tensor | None = None) -> Splits:
    """Shuffle (n, *shape) by the split seed and cut into train, val, test; without sizes 60 %, 10 %, 30 %.

    `inside` (n,) says which rows may be used, all without it.
    """
    order = _shuffled(len(rows), name, seed, "split", inside)
    train, val = (sizes.train, sizes.val) if sizes else (int(0.6 * len(order)), max(1, len(order) // 10))
    rest = len(order) - train - val
    if rest < 1:
        raise _too_few(train + val + 1, len(order), name)
    test = min(sizes.test, rest) if sizes else rest
    return dict(zip(PARTS, rows[order[: train + val + test]].split([train, val, test]), strict=True))


def _own_test(source: Source, sizes: Sizes | None, name: str, seed: int, held_out: Sequence[int]) -> Splits:
    """train and val from the set's training rows, test from its test rows."""
    assert source.test is not None
    order = _shuffled(len(source.rows), name, seed, "split", _inside(source.labels, held_out))
    val = sizes.val if sizes else max(1, len(order) // 10)
    train = sizes.train if sizes else len(order) - val
    if train + val > len(order):
        raise _too_few(train + val, len(order), name)
    chosen = _shuffled(len(source.test), name, seed, "split/test", _inside(source.test_labels, held_out))
    parts = (
        *source.rows[order[: train + val]].split([train, val]),
        source.test[chosen[: sizes.test if sizes else None]],
    )
    return dict(zip(PARTS, parts, strict=True))


def _check_classes(source: Source, held_out: Sequence[int], name: str) -> None:
    """Raise `DataError` where the set has no labels, or not these, or no others."""
    if not held_out:
        return
    if source.labels is None:
        raise DataError(message(f"classes {list(held_out)} of {name}", "rows without labels", "drop held_out"))
    known = source.labels.unique().tolist()
    if not set(held_out) < set(known):
        expected = f"some of the classes {known} ({source.label}) for held_out of {name}"
        raise DataError(message(expected, str(list(held_out)), "name some of them, and not all"))


def _inside(labels: Tensor | None, held_out: Sequence[int]) -> Tensor | None:
    """(n,) which rows are of none of these classes; None where all are."""
    return ~torch.isin(labels, torch.tensor(held_out)) if held_out and labels is not None else None


def _of_classes(source: Source, held_out: Sequence[int], most: int, name: str, seed: int) -> Tensor:
    """Up to `most` rows of these classes."""
    pool, labels = (source.rows, source.labels) if source.test is None else (source.test, source.test_labels)
    inside = _inside(labels, held_out)
    assert inside is not None
    return pool[_shuffled(len(pool), name, seed, "split/held out", ~inside)[:most]]


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


def _shuffled(count: int, name: str, seed: int, purpose: str, inside: Tensor | None = None) -> Tensor:
    """The places 0 to count − 1 in random order, of them those inside: leaving rows out does not reorder the others."""
    order = torch.randperm(count, generator=generator(derive(name, seed, purpose)))
    return order if inside is None else order[inside[order]]


def _too_few(needed: int, there: int, name: str) -> DataError:
    return DataError(message(f"at least {needed} rows for {name}", f"{there}", "lower rows.train"))
