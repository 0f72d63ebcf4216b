"""What the engine asks of a device: a clock, a queue to wait for, marks on it, and what it knows of itself."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

Call = Callable[[], object]


@dataclass(frozen=True)
class Memory:
    """Bytes that a call takes at its peak, above what stood before it: weights and inputs are not among them.

    `allocated` is what tensors hold, `reserved` what the allocator keeps for them; None where nothing tells it.
    """

    allocated: int | None
    reserved: int | None


@runtime_checkable
class Device(Protocol):
    """A place where calls run, perhaps later than they return; every time is in seconds.

    `kind` is the word of tables ("cpu", "cuda", "virtual"), `name` the product's name.
    """

    kind: str
    name: str

    def now(self) -> float:
        """The host clock; only differences mean something."""

    def synchronize(self) -> None:
        """Wait until everything that was enqueued is done."""

    def mark(self) -> Any:
        """Enqueue an event; the device stamps its own time on it when the queue gets there."""

    def elapsed(self, a: Any, b: Any) -> float:
        """Device time between two marks that were both reached."""

    def flush(self) -> None:
        """Evict the caches, so that the next call finds its weights and inputs cold."""

    def cpu_now(self) -> float | None:
        """Processor time of the calling thread; None where that is not the time of the work."""

    def peak_memory(self, call: Call) -> Memory:
        """What one untimed call takes at its peak."""

    def joules(self) -> float | None:
        """Energy since some moment; only differences mean something. None where nothing counts it."""

    def facts(self) -> dict[str, float | None]:
        """What the device tells of itself at this moment: clocks, temperature, power; empty where nothing does."""

    def throttle(self) -> str | None:
        """Why the clock is held down at this moment, or None where it is not, or where nothing tells it."""


@runtime_checkable
class HoldingDevice(Device, Protocol):
    """A device that can be kept busy while the host enqueues a call, so that marks see no launch cost."""

    def hold(self, seconds: float) -> None:
        """Enqueue a bounded wait of about that length; bounded, as a call that synchronises must not hang."""

    def passed(self, mark: Any) -> bool:
        """Whether the device has reached a mark, without waiting for it."""
