"""Draws by acceptance: propose, keep some, until there are enough."""

from collections.abc import Callable

import torch
from torch import Tensor

_AT_ONCE = 2**14  # proposals, whatever n: memory


def accepted(n: int, propose: Callable[[int], tuple[Tensor, Tensor]]) -> Tensor:
    """(n, m): the first n rows kept, of rows (k, m) and keep (k,) bool that `propose` answers to a number k."""
    kept: list[Tensor] = []
    while (missing := n - sum(map(len, kept))) > 0:
        rows, keep = propose(min(2 * missing, _AT_ONCE))
        kept.append(rows[keep])
    return torch.cat(kept)[:n]
