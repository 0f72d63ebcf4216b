"""Random numbers of models that are trained together: each draws what it would have drawn alone."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Generator, Tensor
from torch.overrides import TorchFunctionMode

_LIKE = {torch.randn_like: torch.randn, torch.rand_like: torch.rand}
_MAKERS = (torch.randn, torch.rand)


class DrawsDiffer(RuntimeError):
    """A loss drew other numbers than it did when it was recorded."""


@dataclass(frozen=True)
class Draw:
    """One call for random numbers: by `torch.randn` or `torch.rand`, of which shape and type."""

    make: Callable[..., Tensor]
    shape: tuple[int, ...]
    dtype: torch.dtype

    def __call__(self, generators: Sequence[Generator]) -> Tensor:
        """(models, *shape), each row from the generator of its model."""
        device = generators[0].device
        rows = [self.make(self.shape, generator=one, dtype=self.dtype, device=device) for one in generators]
        return torch.stack(rows)


class Recorded(TorchFunctionMode):
    """Within the block, the calls for random numbers are listed in `draws`; they answer as ever."""

    def __init__(self) -> None:
        super().__init__()
        self.draws: list[Draw] = []

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        answer = func(*args, **(kwargs or {}))
        if func in _LIKE or func in _MAKERS:
            self.draws.append(Draw(_LIKE.get(func, func), tuple(answer.shape), answer.dtype))
        return answer


class Replayed(TorchFunctionMode):
    """Within the block, calls for random numbers are answered with these tensors, in order."""

    def __init__(self, draws: Sequence[Draw], numbers: Sequence[Tensor]):
        super().__init__()
        self._rest: Iterator[tuple[Draw, Tensor]] = iter(zip(draws, numbers, strict=True))

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func not in _LIKE and func not in _MAKERS:
            return func(*args, **(kwargs or {}))
        draw, numbers = next(self._rest, (None, None))
        if draw is None or draw.make is not _LIKE.get(func, func) or not _asks_for(draw, func, args, kwargs):
            raise DrawsDiffer("the loss draws other random numbers than at its first call")
        return numbers


def _asks_for(draw: Draw, func: Any, args: Any, kwargs: Any) -> bool:
    if func in _LIKE:
        return tuple(args[0].shape) == draw.shape
    size = (kwargs or {}).get("size", args[0] if args and not isinstance(args[0], int) else args)
    return tuple(size) == draw.shape
