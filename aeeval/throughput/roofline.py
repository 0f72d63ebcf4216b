"""Which roof a time stands under, and how near it comes (Williams, Waterman & Patterson 2009)."""

from dataclasses import dataclass

from aeeval.throughput.ceilings import Ceilings
from aeeval.throughput.subject import Work

LAUNCH_BOUND = 1.2
OVER = 1.02


@dataclass(frozen=True)
class Place:
    """Shares of the two roofs that a call reaches, in [0, 1] up to noise, and the roof that is nearer: its `bound`.

    None where the work could not be counted.
    """

    gemm_share: float | None
    copy_share: float | None
    bound: str | None

    @property
    def share(self) -> float | None:
        """Of the nearer roof."""
        known = [share for share in (self.gemm_share, self.copy_share) if share is not None]
        return max(known, default=None)

    @property
    def impossible(self) -> bool:
        """Above a roof by more than noise: the work or the time is wrong."""
        return self.share is not None and self.share > OVER


def place(work: Work, batch: int, seconds: float, ceilings: Ceilings, *, cold: bool = False) -> Place:
    """Where a call of `batch` rows stands that takes so many seconds: work done in it over what a roof allows.

    gemm_share = FLOPs / (s · gemm), copy_share = bytes / (s · copy), with the least bytes that a call can move. Hot
    calls are held against copies of their own size, cold ones against memory. A constant and the identity do no FLOPs
    and have no place.
    """
    touched = work.bytes_of(batch)
    copy_share = touched / (seconds * (ceilings.memory if cold else ceilings.bandwidth(touched)))
    if not work.flops:
        return Place(None, copy_share if work.flops is None else None, None)
    gemm_share = batch * work.flops / (seconds * ceilings.gemm)
    return Place(gemm_share, copy_share, "compute" if gemm_share >= copy_share else "memory")


def launch_bound(period_s: float, device_s: float) -> bool:
    """Whether the device waits for the host: a steady stream takes longer than the device alone."""
    return period_s > LAUNCH_BOUND * device_s
