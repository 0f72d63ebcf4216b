"""The timed cell of a suite: a short look at a fitted model, encode and decode at the batch sizes of the suite."""

from typing import Protocol

import torch
from torch import Tensor

from aeeval.submissions.model import Model
from aeeval.throughput.adapters import adapter
from aeeval.throughput.bench import Plan, bench
from aeeval.throughput.machine import hardware_key
from aeeval.throughput.row import Row, Who
from aeeval.throughput.setting import Setting
from aeeval.throughput.subject import Subject

OPERATIONS = ("encode", "decode")  # what a round trip takes is nearly their sum; `aeeval bench` times it too


class Settings(Protocol):
    """What a suite says of its timed cells."""

    @property
    def batches(self) -> tuple[int, ...]: ...

    @property
    def min_time_s(self) -> float: ...


def time_cell(model: Model, rows: Tensor, device: str, settings: Settings) -> tuple[Row, ...]:
    """The rows of a model that is on its device already, on real data (n, D); raises `Skipped` without an adapter."""
    place = adapter(torch.device(device))
    subject = Subject(model, rows, Setting(hardware_key(), place.kind))
    plan = Plan(settings.batches, OPERATIONS, settings.min_time_s, cold=False)
    return tuple(bench(subject, place, plan, who=Who("")))
