"""What a submission may spend on training."""

import math
from dataclasses import dataclass

from aeeval.errors import SuiteError, message

OPTIMIZERS = ("adam",)


@dataclass(frozen=True)
class Budget:
    """The table `budget` of a suite file.

    `steps` of `batch` rows with `optimizer` at learning rate `lr`, within `wall_s` seconds and `memory_mb` megabytes.
    A value out of range raises `SuiteError`.
    """

    steps: int = 1000
    batch: int = 128
    optimizer: str = "adam"
    lr: float = 1e-3
    wall_s: float = 60.0
    memory_mb: int = 4000

    def __post_init__(self) -> None:
        for name in ("steps", "batch", "memory_mb"):
            number = getattr(self, name)
            if type(number) is not int or number < 1:
                raise _out_of_range(name, "a whole number of at least 1", number)
        for name in ("lr", "wall_s"):
            number = getattr(self, name)
            if type(number) not in (int, float) or not 0 < number < math.inf:
                raise _out_of_range(name, "a positive number", number)
        if self.optimizer not in OPTIMIZERS:
            raise _out_of_range("optimizer", f"one of {', '.join(OPTIMIZERS)}", self.optimizer)


def _out_of_range(name: str, expected: str, got: object) -> SuiteError:
    default = getattr(Budget, name)
    return SuiteError(message(f"{expected} as budget.{name}", repr(got), f"the default is {default!r}"))
