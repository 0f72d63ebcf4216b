"""What a network is made of, in the order in which a row passes: for the picture of its implementation."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from aeeval.submissions.model import Model
from aeeval.submissions.parts import modules_of

MOST, LONGEST = 400, 60  # layers of a way, letters of a word


def layers(model: Model, rows: Tensor) -> dict[str, Any]:
    """`encoder` and `decoder`, a list of (type, shape of its answer to one row, parameters) each, and `parameters`.

    An entry for every module without children that two rows of `rows` (n, D) pass; parameters are counted where they
    are met first. `parameters` is the number of all of them, which those outside such modules make larger. Nothing of
    models without torch modules.
    """
    modules = modules_of(model.adapted)
    if not modules:
        return {}
    counted: set[int] = set()
    codes = model.encode(rows[:2])
    encoder = list(_passed(modules, lambda: model.encode(rows[:2]), counted))
    decoder = list(_passed(modules, lambda: model.decode(codes), counted))
    every = {id(p): p.numel() for module in modules for p in module.parameters()}
    return {"encoder": encoder, "decoder": decoder, "parameters": sum(every.values())}


def layer_arrays(told: Any) -> dict[str, np.ndarray]:
    """`encoder_layers`, `decoder_layers` (steps, 3) of text and `parameters` (), of what `layers` says.

    Few short words and whole numbers, whatever the process of a submission sends; what is no such list is left out.
    """
    if not isinstance(told, dict):
        return {}
    found = {f"{way}_layers": _steps(told.get(way)) for way in ("encoder", "decoder")}
    arrays = {name: np.array(steps, dtype=str) for name, steps in found.items() if steps}
    return arrays | ({"parameters": np.array(told["parameters"])} if _is_count(told.get("parameters")) else {})


def _steps(told: Any) -> list[list[str]]:
    steps = [step for step in told[:MOST] if isinstance(step, list | tuple)] if isinstance(told, list) else []
    return [
        [str(name)[:LONGEST], str(shape)[:LONGEST], str(parameters)]
        for name, shape, parameters in (step for step in steps if len(step) == 3)
        if _is_count(parameters)
    ]


def _is_count(number: Any) -> bool:
    return type(number) is int and 0 <= number < 2**60


def _passed(modules: list[nn.Module], call: Callable[[], Any], counted: set[int]) -> Iterator[tuple[str, str, int]]:
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
        yield type(module).__name__, shape, sum(own.values())


def _shape(answer: Any) -> str:
    """The axes of one row of an answer, as 4×8×8; empty where it is no tensor."""
    return "×".join(map(str, answer.shape[1:])) if isinstance(answer, Tensor) else ""
