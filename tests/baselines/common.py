"""The submissions of the checkout, built, fitted and trained for tests."""

import functools
from pathlib import Path
from types import ModuleType

import torch
from torch import Tensor

from aeeval.submissions.python_file import import_file
from aeeval.training import Budget, squared_error, train

ROOT = Path(__file__).parents[2]
FILES = sorted([*(ROOT / "baselines").glob("*.py"), *(ROOT / "examples").glob("*.py")])
NAMES = [file.stem for file in FILES]
SHAPES = [(20,), (1, 8, 8)]


@functools.cache
def module(name: str) -> ModuleType:
    """The module of a baseline or example, as the harness imports it."""
    return import_file(FILES[NAMES.index(name)])[0]


def built(name: str, shape=(20,), latent_dim=3, seed=0):
    return module(name).build(shape=shape, latent_dim=latent_dim, seed=seed)


def _is_network(name: str) -> bool:
    with torch.random.fork_rng():
        return isinstance(built(name, SHAPES[1]), torch.nn.Module)


REFERENCES = [name for name in NAMES if getattr(module(name), "REFERENCE", False)]
TRAINED = [name for name in NAMES if _is_network(name)]
FITTED = [name for name in NAMES if name not in TRAINED]


def takes(name: str, shape: tuple[int, ...]) -> bool:
    return getattr(module(name), "ACCEPTS", None) != "image" or len(shape) == 3


def normal(*size: int, generator: torch.Generator) -> Tensor:
    return torch.randn(*size, generator=generator, dtype=torch.float64)


def uniform(*size: int, generator: torch.Generator) -> Tensor:
    """Numbers in [−1, 1]."""
    return 2 * torch.rand(*size, generator=generator, dtype=torch.float64) - 1


def fitted(name: str, rows: Tensor, val: Tensor | None = None, **options):
    """A model fitted by its own `fit`, in float64."""
    model = built(name, rows.shape[1:], **options)
    model.fit(rows, rows[:1] if val is None else val)
    return model


def trained(name: str, rows: Tensor, val: Tensor, steps: int, latent_dim: int, lr: float = 1e-3):
    """A model trained by the published trainer, in float64."""
    return descended(built(name, rows.shape[1:], latent_dim), rows, val, steps, lr)


def descended(model, rows: Tensor, val: Tensor, steps: int, lr: float = 1e-3):
    """The model after the published trainer, in the type of the rows."""
    model.to(rows.dtype)
    train(model, getattr(model, "loss", None) or squared_error(model), rows, val, Budget(steps=steps, lr=lr), seed=0)
    return model.requires_grad_(False)


def fvu(model, rows: Tensor) -> float:
    """Mean squared error over the rows' variance."""
    error = (model.decode(model.encode(rows)) - rows).square().sum()
    return (error / (rows - rows.mean(dim=0)).square().sum()).item()


def sheet(n: int, generator: torch.Generator, noise: float = 0.0) -> Tensor:
    """(n, 6) rows of a bent sheet, d = 2, of scale about one; as wide as long, and not drawn evenly."""
    u, v = uniform(2, n, generator=generator)
    u = 1.5 * u * (1 + u.abs()) / 2  # more rows in the middle than at the ends
    rows = torch.stack([u.sin(), 1 - u.cos(), v, 0.5 * torch.sin(2 * v) * u, 0.3 * v.square(), 0.3 * u * v], dim=1)
    return rows - rows.new_tensor([0, 0.3, 0, 0, 0.1, 0]) + noise * normal(n, 6, generator=generator)
