"""What is known of a task before anything is measured on it: its dimensions and its training rows."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from aeeval.manifolds.make import make
from aeeval.seeds import derive
from aeeval.suite import Suite, Task


@dataclass(frozen=True)
class Known:
    """`dim` d of the manifold and `least` e(S), None where it is not known exactly; `rows` n of training."""

    dim: int
    least: int | None


def task_of(suite: Suite | None, name: str) -> Task | None:
    """A task of a suite; None where the suite is none of ours."""
    return next((task for task in suite.tasks if task.id == name), None) if suite else None


def known(task: Task | None) -> Known | None:
    """The dimensions of a task's support; None without a manifold."""
    if task is None or task.data.manifold is None:
        return None
    data = task.data
    return _known(task.id, str(data.manifold), _frozen(data.params), data.support, _frozen(data.support_params))


@lru_cache
def _known(name: str, manifold: str, params: Any, support: str, support_params: Any) -> Known:
    made = make(manifold, **{"seed": derive(name, 0, "data/geometry"), **dict(params)})
    low, high = made.support(support, **dict(support_params)).embedding_dim
    return Known(made.dim, low if low == high else None)


def _frozen(params: dict[str, Any]) -> tuple[tuple[str, Any], ...]:
    return tuple(sorted((key, tuple(value) if isinstance(value, list) else value) for key, value in params.items()))
