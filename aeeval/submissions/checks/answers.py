"""Checks of a single answer: its rows, its numbers, where it lies, and what asking leaves behind."""

import math

import torch
from torch import Tensor

from aeeval.submissions.adapted import guarded
from aeeval.submissions.checks.finding import check, prefer, require
from aeeval.submissions.checks.subject import Subject
from aeeval.submissions.parts import modules_of, state_of


@check
def rows(subject: Subject) -> str:
    """n rows give n finite codes, and n codes give n finite rows of the same shape, also for a single row."""
    single = subject.model.reconstruct(subject.x[:1])
    n, shape = len(subject.x_hat), subject.model.shape
    return f"{n} and {len(single)} rows of shape {shape} went round"


@check
def code_length(subject: Subject) -> str:
    """The code has the length that was asked for; a reference row or a trained model has its own."""
    length, size = subject.z.shape[1], math.prod(subject.model.shape)
    prefer(
        length < size or subject.submission.is_reference,
        f"a code shorter than a row ({size} numbers)",
        f"{length} numbers",
        "a bottleneck is what most numbers are about; keep it if you mean it",
    )
    return f"{length} numbers for rows of {size}"


@check
def dtype(subject: Subject) -> str:
    """Answers are floating-point numbers as precise as the rows."""
    given = subject.model.dtype
    for step, answer in subject.raw.items():
        if not answer.is_floating_point():
            prefer(step == "encode", "floating-point rows", f"{answer.dtype} from {step}", "return a float tensor")
            return f"whole numbers ({answer.dtype}) as codes, which is read as a discrete code"
        prefer(
            torch.finfo(answer.dtype).eps <= torch.finfo(given).eps,
            f"{given} from {step}, as the rows",
            f"{answer.dtype}",
            "return it with .float(); coarse answers read as errors of the model",
        )
    return f"{given} or finer"


@check
def device(subject: Subject) -> str:
    """Answers lie on the device of the rows; scikit-learn and ONNX answer on the CPU, which is brought back."""
    expected = subject.rows.device.type
    for step, answer in subject.raw.items():
        require(
            answer.device.type == expected or subject.model.adapted.array,
            f"answers on {expected}, where the rows are",
            f"{answer.device} from {step}",
            "move the model by .to(x.device), and make new tensors with device=x.device",
        )
    return f"on {expected}"


@check
def eval_mode(subject: Subject) -> str:
    """After eval() no part of the model is in training mode: dropout and batch statistics are off."""
    modules = [module for module in modules_of(subject.model.adapted) if _has_modes(module)]
    training = [
        f"{type(part).__name__} {name}".strip()
        for module in modules
        for name, part in module.named_modules()
        if part.training
    ]
    require(
        not training,
        "every module in eval mode",
        f"training mode in {', '.join(training[:3])}{' and more' if len(training) > 3 else ''}",
        "let eval() and train() reach all modules: do not override them without super()",
    )
    return "every module in eval mode" if modules else "nothing that knows modes"


@check
def inputs_unchanged(subject: Subject) -> str:
    """encode and decode leave the tensors that they are given as they were."""
    x, z = subject.rows[: subject.few], subject.raw["encode"].clone()
    for step, function, given in (("encode", subject.model.raw_encode, x), ("decode", subject.model.raw_decode, z)):
        before = given.clone()
        guarded(step, function, given)
        require(
            torch.equal(before, given),
            f"{step} to leave its argument as it was",
            "another content afterwards",
            "drop operations in place (x += …, relu_) on the argument, or clone it first",
        )
    return "arguments are as they were"


@check
def weights_unchanged(subject: Subject) -> str:
    """Asking questions in eval mode changes no weight, buffer or array of the model."""
    before = state_of(subject.model.adapted)
    for rows in (subject.x[: subject.few], 2 * subject.x[-subject.few :]):
        subject.model.reconstruct(rows)
    after = state_of(subject.model.adapted)
    changed = [name for name, value in before.items() if name not in after or not _alike(value, after[name])]
    require(
        not changed,
        "the same weights and buffers after questions",
        f"others in {', '.join(changed[:3])}",
        "learn in fit only; running statistics belong to training mode",
    )
    return f"{len(before)} tensors are as they were" if before else "no tensors to change"


def _has_modes(module: torch.nn.Module) -> bool:
    """False for exported programs, which refuse eval() and are frozen already."""
    try:
        module.eval()
    except NotImplementedError:
        return False
    return True


def _alike(value: Tensor, other: Tensor) -> bool:
    return value.shape == other.shape and torch.equal(value.nan_to_num(), other.nan_to_num())
