"""What a network is made of, in the order in which a row passes: for the picture of its implementation."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from aeeval.submissions.model import Model
from aeeval.submissions.parts import modules_of

MOST = 400


def layers(model: Model, rows: Tensor) -> dict[str, np.ndarray]:
    """`encoder_layers`, `decoder_layers` (steps, 3) of text: type, shape of its answer to one row, parameters.

    A line for every module without children that two rows of `rows` (n, D) pass, the first 400; parameters are counted
    where they are met first. `parameters` () is the number of all of them, which those outside such modules make
    larger. Only what there is: nothing of models without torch modules.
    """
    modules = modules_of(model.adapted)
    if not modules:
        return {}
    counted: set[int] = set()
    codes = model.encode(rows[:2])
    encoder = list(_passed(modules, lambda: model.encode(rows[:2]), counted))
    decoder = list(_passed(modules, lambda: model.decode(codes), counted))
    found = {"encoder_layers": encoder, "decoder_layers": decoder}
    told = {name: np.array(steps[:MOST], dtype=str) for name, steps in found.items() if steps}
    every = {id(p): p.numel() for module in modules for p in module.parameters()}
    return told | {"parameters": np.array(sum(every.values()))}


def _passed(modules: list[nn.Module], call: Callable[[], Any], counted: set[int]) -> Iterator[tuple[str, str, str]]:
    seen: list[tuple[nn.Module, str]] = []
    leaves = [leaf for module in modules for leaf in module.modules() if not any(True for _ in leaf.children())]
    with ExitStack() as hooks:
        for leaf in leaves:
            if not isinstance(leaf, torch.jit.ScriptModule):  # which takes no hooks after it was compiled
                handle = leaf.register_forward_hook(lambda module, given, answer: seen.append((module, _shape(answer))))
                hooks.callback(handle.remove)
        call()
    for module, shape in seen:
        own = {id(p): p.numel() for p in module.parameters() if id(p) not in counted}
        counted.update(own)
        yield type(module).__name__, shape, str(sum(own.values()))


def _shape(answer: Any) -> str:
    """The axes of one row of an answer, as 4×8×8; empty where it is no tensor."""
    return "×".join(map(str, answer.shape[1:])) if isinstance(answer, Tensor) else ""
