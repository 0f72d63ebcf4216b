"""Settings that belong to a whole process: what a submission changes for itself is put back before it is judged."""

import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch


def _set_determinism(value: tuple[bool, bool]) -> None:
    torch.use_deterministic_algorithms(value[0], warn_only=value[1])


def _set_environment(value: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(value)


def _set_numpy(value: Any) -> None:
    np.random.set_state(value)  # noqa: NPY002  the global generator of others is what is put back


def _set_cudnn(value: tuple[bool, bool]) -> None:
    torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark = value


Pairs = tuple[tuple[Callable[[], Any], Callable[[Any], Any]], ...]

# What can be asked and put back: (read, write).
_SETTINGS: Pairs = (
    (torch.get_default_dtype, torch.set_default_dtype),
    (torch.get_num_threads, torch.set_num_threads),
    (torch.is_grad_enabled, torch.set_grad_enabled),
    (torch.get_float32_matmul_precision, torch.set_float32_matmul_precision),
    (
        lambda: (torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()),
        _set_determinism,
    ),
    (lambda: (torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark), _set_cudnn),
    (np.geterr, lambda value: np.seterr(**value)),
    (lambda: dict(os.environ), _set_environment),
)
_GENERATORS: Pairs = (
    (torch.get_rng_state, torch.set_rng_state),
    (np.random.get_state, _set_numpy),
    (random.getstate, random.setstate),
)


@contextmanager
def settings_kept(*, generators: bool) -> Iterator[None]:
    """After the block, dtype, threads, gradients, determinism and environment are as they were before.

    With `generators`, the states of torch's, numpy's and Python's global ones too: what is to draw anew at every call
    goes without.
    """
    settings = [(read, write, read()) for read, write in _SETTINGS]
    states = [(write, read()) for read, write in _GENERATORS] if generators else []
    try:
        yield
    finally:
        for read, write, value in settings:
            if read() != value:  # writing takes milliseconds where torch looks into its compiler
                write(value)
        for write, value in states:
            write(value)
