"""Cells on this machine: each in a process of its own, side by side, within its time and memory."""

from collections.abc import Iterator, Sequence

from aeeval.cells import Unit
from aeeval.errors import UsageError, message
from aeeval.executors.inline import run_inline
from aeeval.executors.pool import Pool
from aeeval.executors.work import Finished, Ledger, Settings, Work


def run_local(work: Work, units: Sequence[Unit], ledger: Ledger, settings: Settings) -> Iterator[Finished]:
    """In fresh worker processes of this machine, isolated; objects of this process one after another here."""
    sources = {submission.name: submission.source for submission in work.submissions}
    here = [unit for unit in units if not sources[unit.head.submission]]
    if here and settings.jobs > 1:
        names = ", ".join(sorted({unit.head.submission for unit in here}))
        raise UsageError(
            message("submissions that a worker process can load", f"objects of this process ({names})", "use jobs=1")
        )
    yield from Pool(work, ledger, settings.jobs, gpus(work.choice.device)).run([u for u in units if u not in here])
    yield from run_inline(work, here, ledger, settings)


def gpus(device: str) -> list[int | None]:
    """The devices that slots are pinned to in turn: all GPUs for "cuda", none for the CPU or a named one."""
    if device != "cuda":
        return [None]
    import torch

    return list(range(torch.cuda.device_count())) or [None]
