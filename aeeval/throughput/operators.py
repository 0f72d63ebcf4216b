"""What a call does, operator by operator: counted work, work that nobody counts, precision, and live memory.

torch's own FLOP counter answers 0 for every operator it has no formula for, without a word. Here such operators are
named, and the share of the data that went through counted ones says how far a number of FLOPs can be trusted.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.multiprocessing.reductions import StorageWeakRef
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import flop_registry, sdpa_flop

Formula = Callable[..., int]
aten = torch.ops.aten

# Formulas that torch's registry lacks.
EXTRA: Mapping[Any, Formula] = {aten._scaled_dot_product_flash_attention_for_cpu: sdpa_flop}

# A few operations for each number that goes in or comes out: by convention no FLOPs, beside products that have
# hundreds. Operators with torch's tags for pointwise and reduction are of this kind too.
LIGHT = frozenset(
    (
        # norms and their kind
        *("native_layer_norm", "native_group_norm", "native_batch_norm", "_native_batch_norm_legit_no_training"),
        *("_batch_norm_no_update", "cudnn_batch_norm", "_fused_rms_norm", "_softmax", "_log_softmax"),
        *("mean", "sum", "amax", "var", "std", "var_mean", "linalg_vector_norm", "norm", "argmin", "argmax"),
        # pools and interpolation
        *("max_pool2d_with_indices", "max_pool2d", "avg_pool2d", "_adaptive_avg_pool2d", "adaptive_avg_pool2d"),
        *("mkldnn_adaptive_avg_pool2d", "upsample_nearest2d", "upsample_bilinear2d", "upsample_bicubic2d"),
        *("reflection_pad2d", "replication_pad2d", "constant_pad_nd", "pixel_shuffle", "pixel_unshuffle"),
        # moving and making numbers
        *(
            "cat",
            "stack",
            "index",
            "index_select",
            "gather",
            "embedding",
            "_unsafe_index",
            "roll",
            "flip",
            "where",
            "copy_",
            "_to_copy",
        ),
        *("lift_fresh", "_unsafe_view", "_reshape_copy", "resolve_conj", "unsafe_split", "split_with_sizes_copy"),
        *("transpose_", "t_", "squeeze_", "unsqueeze_", "alias", "detach_", "set_", "resize_", "fill_", "zero_"),
        *("_unsafe_index", "index_put", "scatter"),
        *("empty", "empty_like", "empty_strided", "new_empty", "zeros", "zeros_like", "new_zeros", "ones", "ones_like"),
        *("full", "full_like", "arange", "scalar_tensor", "randn", "rand", "randn_like", "rand_like", "normal_"),
    )
)


@dataclass
class Seen:
    """The operators of a call: `operators` by name, FLOPs, and the numbers read and written by two kinds of them."""

    flops: int = 0
    counted: int = 0
    opaque: int = 0
    operators: Counter[str] = field(default_factory=Counter)
    opaque_operators: Counter[str] = field(default_factory=Counter)
    precisions: dict[torch.dtype, str] = field(default_factory=dict)
    """Floating types that went into counted operators, each with the first operator that took it."""
    peak_bytes: int = 0
    weight_bytes: int = 0
    """Of what was read and neither given nor made by the call."""
    given_bytes: int = 0
    """Of what was given and read."""
    answer_bytes: int = 0
    """Of the answer, as far as the call made it: a view of something older is not written."""
    outside: bool = False
    """Whether the answer came from somewhere that is not torch."""

    @property
    def coverage(self) -> float | None:
        """Numbers through counted operators over those through counted and opaque ones; 1 where there are none.

        None where the answer was not made by torch.
        """
        if self.outside:
            return None
        return self.counted / (self.counted + self.opaque) if self.counted + self.opaque else 1.0


def record(call: Callable[..., object], *given: Tensor, as_usual: bool = False) -> Seen:
    """What one call on the given tensors does; the call itself is slower than usual.

    Numbers that cross the border to numpy are noticed, for which torch takes no fused path of inference; with
    `as_usual` it takes the paths that it always takes, and crossings are not seen.
    """
    recorder, borders = _Recorder(given), _Borders()
    with nullcontext() if as_usual else borders, recorder:
        answer = call(*given)
    recorder.judge(list(_tensors(answer)))
    recorder.seen.outside |= borders.crossed
    return recorder.seen


class _Borders(TorchFunctionMode):
    """Notices numbers that leave for numpy or come from there: what is done to them is no operator."""

    CROSSINGS = (torch.Tensor.numpy, torch.Tensor.__array__)
    PERHAPS = (torch.as_tensor, torch.tensor, torch.asarray)

    def __init__(self) -> None:
        super().__init__()
        self.crossed = False

    def __torch_function__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        arrays = func in self.PERHAPS and bool(args) and isinstance(args[0], np.ndarray)
        self.crossed |= func in self.CROSSINGS or arrays
        return func(*args, **(kwargs or {}))


class _Recorder(TorchDispatchMode):
    def __init__(self, given: Sequence[Tensor]) -> None:
        super().__init__()
        self.seen = Seen()
        self._live: dict[StorageWeakRef, int] = {}
        self._given = {_cdata(tensor) for tensor in given}
        self._read: dict[int, int] = {}
        self._weights: dict[int, int] = {}

    def judge(self, answer: Sequence[Tensor]) -> None:
        """Where an answer comes from: made here, given, read, or from outside."""
        made = {ref.cdata for ref in self._live}
        self.seen.outside = any(_cdata(one) not in self._given | set(self._weights) | made for one in answer)
        self.seen.answer_bytes = sum(
            size
            for one in answer
            # a row that is repeated by a view was written once, for any number of rows
            if _cdata(one) in made and (size := one.numel() * one.element_size()) <= one.untyped_storage().nbytes()
        )

    def __torch_dispatch__(
        self, func: Any, types: Sequence[type], args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        formula = _formula(func)
        if formula is None:
            with self:  # what stands for several operators is seen as these
                parts = func.decompose(*args, **kwargs)
            if parts is not NotImplemented:
                return parts
        out = func(*args, **kwargs)
        before, after = list(_tensors((args, kwargs))), list(_tensors(out))
        if not func.is_view:  # a view of what came from elsewhere does not make it ours
            self._account(func, formula, args, kwargs, out, before, after)
            self._remember(before, after)
        return out

    def _account(
        self,
        func: Any,
        formula: Formula | None,
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        out: Any,
        before: Sequence[Tensor],
        after: Sequence[Tensor],
    ) -> None:
        seen, name = self.seen, func._overloadpacket.__name__
        seen.operators[name] += 1
        touched = sum(tensor.numel() for tensor in (*before, *after))
        if formula is not None:
            seen.flops += int(formula(*args, **kwargs, out_val=out))
            seen.counted += touched
            for tensor in before:
                if tensor.is_floating_point():
                    seen.precisions.setdefault(tensor.dtype, name)
        elif not _is_light(func, name):
            seen.opaque += touched
            seen.opaque_operators[name] += 1

    def _remember(self, before: Sequence[Tensor], after: Sequence[Tensor]) -> None:
        """Storages that an operator made are alive until their last tensor is gone."""
        self._live = {ref: size for ref, size in self._live.items() if not ref.expired()}
        ours = {ref.cdata for ref in self._live}
        for tensor in before:
            if _cdata(tensor) not in ours:
                into = self._read if _cdata(tensor) in self._given else self._weights
                into[_cdata(tensor)] = tensor.untyped_storage().nbytes()
        self.seen.weight_bytes, self.seen.given_bytes = sum(self._weights.values()), sum(self._read.values())
        for tensor in after:
            if _cdata(tensor) not in ours | self._given | set(self._weights):
                self._live[StorageWeakRef(tensor.untyped_storage())] = tensor.untyped_storage().nbytes()
                ours.add(_cdata(tensor))
        self.seen.peak_bytes = max(self.seen.peak_bytes, sum(self._live.values()))


def _formula(func: Any) -> Formula | None:
    packet = func._overloadpacket
    return flop_registry.get(packet) or EXTRA.get(packet)


def _is_light(func: Any, name: str) -> bool:
    return name in LIGHT or torch.Tag.pointwise in func.tags or getattr(torch.Tag, "reduction", None) in func.tags


def _tensors(tree: Any) -> Iterator[Tensor]:
    return (leaf for leaf in tree_leaves(tree) if isinstance(leaf, Tensor))


def _cdata(tensor: Tensor) -> int:
    return tensor.untyped_storage()._cdata


def lower_than(dtype: torch.dtype, seen: Seen) -> str | None:
    """The operator that computed in a lower precision than a type has, and in which; None where none did."""
    if not dtype.is_floating_point:
        return None
    for used, name in seen.precisions.items():
        if torch.finfo(used).eps > torch.finfo(dtype).eps and not math.isclose(
            torch.finfo(used).eps, torch.finfo(dtype).eps
        ):
            return f"{name} in {str(used).removeprefix('torch.')}"
    return None
