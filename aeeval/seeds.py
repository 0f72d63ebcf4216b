"""Randomness as an argument: every purpose of every cell draws from a seed derived from names."""

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

PURPOSES = ("data", "split", "noise", "init", "train", "sampler", "metric")


def derive(task: str, seed: int, purpose: str) -> int:
    """A 63-bit integer from (task id, seed, purpose); suite, submission, path and order play no part.

    The purpose is one of `PURPOSES`, optionally with a suffix after a slash (`"metric/copying"`).

    >>> derive("sphere2-cap", 0, "data") == derive("sphere2-cap", 0, "data")
    True
    >>> derive("sphere2-cap", 0, "data") == derive("sphere2-cap", 1, "data")
    False
    """
    if purpose.partition("/")[0] not in PURPOSES:
        raise ValueError(f"expected a purpose that starts with one of {PURPOSES}; got {purpose!r}")
    digest = hashlib.sha256(f"{task}\x1f{seed}\x1f{purpose}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def generator(seed: int) -> "torch.Generator":
    """A CPU torch generator with that seed; all draws are made on the CPU, so that every device sees the same."""
    import torch

    return torch.Generator().manual_seed(seed)
