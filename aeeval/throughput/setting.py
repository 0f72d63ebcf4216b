"""What a time belongs to, besides its model: hardware, device, number type, backend, layout and transfer."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import torch

from aeeval.errors import NotComparable, Skipped, SubmissionError, UnknownName, message


@dataclass(frozen=True)
class NumberType:
    """A way to compute: the type of the rows, and how float32 products are made ("ieee", or "tf32" on NVIDIA GPUs)."""

    dtype: torch.dtype
    products: str = "ieee"


DTYPES: Mapping[str, NumberType] = {
    "fp32": NumberType(torch.float32),
    "tf32": NumberType(torch.float32, products="tf32"),
    "bf16": NumberType(torch.bfloat16),
    "fp16": NumberType(torch.float16),
}
LAYOUTS: Mapping[str, torch.memory_format] = {
    "contiguous": torch.contiguous_format,
    "channels_last": torch.channels_last,
}
TRANSFERS = ("excluded", "included")
BACKENDS = ("eager", "compile")


@dataclass(frozen=True)
class Setting:
    """The place of a time; tables hold times of one setting only.

    `transfer` says whether the way of rows and answers between host and device is part of the time.
    """

    hardware: str
    device: str
    dtype: str = "fp32"
    backend: str = "eager"
    layout: str = "contiguous"
    transfer: str = "excluded"

    def __post_init__(self) -> None:
        known = {"dtype": DTYPES, "backend": BACKENDS, "layout": LAYOUTS, "transfer": TRANSFERS}
        for kind, names in known.items():
            if getattr(self, kind) not in names:
                raise UnknownName(kind, getattr(self, kind), names)

    @property
    def number_type(self) -> NumberType:
        """How this setting computes; raises `Skipped` where its device cannot."""
        if self.dtype == "tf32" and self.device != "cuda":
            raise Skipped(f"not measured: tf32 is a mode of NVIDIA GPUs, not of {self.device}")
        return DTYPES[self.dtype]

    def __str__(self) -> str:
        transfer = "" if self.transfer == "excluded" else ", transfer included"
        return f"{self.hardware}: {self.device}, {self.dtype}, {self.backend}, {self.layout}{transfer}"


def one_setting(settings: Iterable[Setting]) -> Setting:
    """The setting that all share; raises `NotComparable` with what differs, as absolute times would be misread."""
    distinct = list(dict.fromkeys(settings))
    if len(distinct) == 1:
        return distinct[0]
    values = [asdict(setting) for setting in distinct]
    mixed = {key: sorted({str(one[key]) for one in values}) for key in values[0]} if values else {}
    differing = "; ".join(f"{key} {' and '.join(found)}" for key, found in mixed.items() if len(found) > 1)
    raise NotComparable(message("times of one setting in a table", differing or "none", "make a table of each"))


def _products() -> dict[str, Any]:
    """Every place where torch may be told to make float32 products in a lower precision."""
    backends: Any = torch.backends  # its annotations lag behind
    cuda, cudnn, mkldnn = backends.cuda, backends.cudnn, backends.mkldnn
    return {
        "cuda.matmul": cuda.matmul,
        "cudnn.conv": cudnn.conv,
        "cudnn.rnn": cudnn.rnn,
        "mkldnn.matmul": mkldnn.matmul,
        "mkldnn.conv": mkldnn.conv,
        "mkldnn.rnn": mkldnn.rnn,
    }


@contextmanager
def computing(number_type: NumberType) -> Iterator[None]:
    """Float32 products as the type says, inside the block; raises `SubmissionError` where somebody changed that."""
    places = _products()
    before = {name: place.fp32_precision for name, place in places.items()}
    asked = {name: "ieee" if name.startswith("mkldnn") else number_type.products for name in places}
    try:
        _set(places, asked)
        yield
        now = {name: place.fp32_precision for name, place in places.items()}
    finally:
        _set(places, before)
    if changed := [name for name in places if now[name] != asked[name]]:
        got = ", ".join(f"{name} at {now[name]}" for name in changed)
        raise SubmissionError(message("float32 products as they were set", got, "leave the precision to --dtype"))


def _set(places: Mapping[str, Any], values: Mapping[str, str]) -> None:
    for name, place in places.items():
        place.fp32_precision = values[name]
