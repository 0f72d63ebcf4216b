"""A user's torch Dataset as rows in memory."""

from typing import Any

from torch import Tensor
from torch.utils.data import Dataset, IterableDataset

from aeeval.errors import DataError, message


def is_dataset(data: Any) -> bool:
    """Whether it is a torch Dataset."""
    return isinstance(data, Dataset)


def stacked(dataset: Any, where: str) -> Tensor:
    """(n, *shape) the rows of a torch Dataset with a length; of items that are tuples (row, label) the first entry.

    Raises `DataError` on items that are no tensors or differ in shape, and on a stream without a length.
    """
    if isinstance(dataset, IterableDataset) or not len(dataset):
        raise DataError(message("a torch Dataset with a length", type(dataset).__name__, "collect its rows first"))
    first = _row(dataset[0], where)
    rows = first.new_empty((len(dataset), *first.shape))
    for index in range(len(dataset)):
        row = _row(dataset[index], where)
        if row.shape != first.shape:
            shapes = f"{tuple(first.shape)} and {tuple(row.shape)} in {where}"
            raise DataError(message("items of one shape", shapes, "resize in the transform of the data set"))
        rows[index] = row
    return rows


def _row(item: Any, where: str) -> Tensor:
    row = item[0] if isinstance(item, tuple | list) else item
    if not isinstance(row, Tensor):
        raise DataError(
            message("items that are tensors", f"{type(row).__name__} in {where}", "turn it into one in the transform")
        )
    return row.detach()
