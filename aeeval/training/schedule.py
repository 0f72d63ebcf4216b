"""The learning rate of the published trainer, and with it the number of steps."""

import math

COOLDOWN = 0.3


class Schedule:
    """A constant rate, then half a cosine down to zero over 30 % of the budgeted steps, after which training ends.

    The cooldown begins when just so many steps are left, or earlier, when `cool` is called.
    """

    def __init__(self, lr: float, steps: int):
        self.lr, self.steps = lr, steps
        self._cooldown = math.ceil(COOLDOWN * steps)
        self._cool_from = steps - self._cooldown

    @property
    def end(self) -> int:
        """The number of steps after which training ends, as things stand."""
        return self._cool_from + self._cooldown

    def cool(self, step: int) -> None:
        """Begin the cooldown at this step, unless it has begun already."""
        self._cool_from = min(self._cool_from, step)

    def rate(self, step: int) -> float:
        """The learning rate of a step, counted from 0.

        >>> schedule = Schedule(lr=1.0, steps=1000)
        >>> [round(schedule.rate(step), 3) for step in (0, 700, 850, 1000)]
        [1.0, 1.0, 0.5, 0.0]
        """
        progress = max(0, step - self._cool_from) / self._cooldown
        return self.lr * 0.5 * (1 + math.cos(math.pi * progress))
