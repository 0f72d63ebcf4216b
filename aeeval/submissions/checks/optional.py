"""Checks of what a submission may bring beside encode and decode: fit, loss, sample, and its seeds."""

import math

import torch
from torch import Tensor

from aeeval.errors import Skipped
from aeeval.seeds import generator
from aeeval.submissions.adapted import guarded
from aeeval.submissions.checks.compare import ROUNDING, deviation
from aeeval.submissions.checks.finding import Doubtful, check, prefer, require
from aeeval.submissions.checks.subject import Subject
from aeeval.submissions.parts import modules_of, state_of

_DRAW = "draw all randomness by torch.randn(..., generator=generator)"


@check
def signatures(subject: Subject) -> str:
    """fit(train, val), loss(x) and sample(n, generator), where they exist, can be called so; else they are not used."""
    if subject.ignored:
        raise Doubtful("; ".join(subject.ignored))
    adapted = subject.model.adapted
    used = [name for name in ("fit", "loss", "sample") if getattr(adapted, name) is not None]
    return f"used: {', '.join(used)}" if used else "none of fit, loss and sample"


@check
def training(subject: Subject) -> str:
    """There is a way to train it: its own fit, or parameters for the published trainer; trained models need none."""
    adapted = subject.model.adapted
    if subject.submission.track == "frozen":
        raise Skipped("trained already")
    if subject.slow_fit:
        raise Doubtful(f"expected fit to end soon; got it {subject.slow_fit}; the rest is told of what it left behind")
    if adapted.fit is not None:
        return "by its own fit(train, val)"
    count = sum(p.numel() for module in modules_of(adapted) for p in module.parameters() if p.requires_grad)
    require(
        count > 0 and callable(getattr(adapted.raw, "parameters", None)),
        "a model with trainable parameters, or with fit(train, val)",
        type(adapted.raw).__name__,
        "return an nn.Module, or give it fit",
    )
    return f"by the published trainer: {count} parameters"


@check
def loss(subject: Subject) -> str:
    """loss(x) is one finite number that depends on the parameters."""
    function = subject.model.adapted.loss
    if function is None:
        raise Skipped("no loss of its own")
    if subject.submission.track == "frozen" or subject.model.adapted.fit is not None:
        raise Skipped("not needed: it is trained already, or by its own fit")
    with torch.enable_grad(), torch.random.fork_rng():
        value = guarded("loss", function, subject.rows)
    shape = tuple(value.shape) if isinstance(value, Tensor) else type(value).__name__
    require(shape == (), "a scalar tensor from loss(x)", f"{shape}", "return the mean over the rows")
    require(math.isfinite(value.item()), "a finite loss", f"{value.item()}", "mind logarithms and divisions by 0")
    way_out = "compute it with torch from the parameters, without detach, numpy or no_grad"
    require(value.requires_grad, "a loss that depends on trainable parameters", "one without gradient", way_out)
    return f"a scalar with gradient, {value.item():.4g}"


@check
def sample_shape(subject: Subject) -> str:
    """sample(n, generator) gives n finite rows of the shape of the data."""
    for n in (1, 7):
        _sampled(subject, n, 0)
    return f"n rows of shape {subject.model.shape}"


@check
def sample_seed(subject: Subject) -> str:
    """Samples come from the generator they are handed: the same for the same seed, others for another."""
    first, second = (_sampled(subject, 8, 0, torch_seed) for torch_seed in (1, 2))
    gap = deviation(first, second)
    require(gap <= ROUNDING, "equal samples for equal generators", f"a difference of {gap:.2g}", _DRAW)
    require(
        not torch.equal(first, _sampled(subject, 8, 1)),
        "other samples for another generator",
        "the same rows",
        _DRAW,
    )
    return "equal seeds give equal rows, another seed others"


@check
def build_seed(subject: Subject) -> str:
    """build gives the same weights for the same seed, and others for another."""
    if subject.submission.track == "frozen":
        raise Skipped("trained already")
    first, again, other = (state_of(subject.rebuild(seed).adapted) for seed in (0, 0, 1))
    if not first:
        raise Skipped("no weights before it is fitted")
    changed = [name for name in first if not torch.equal(first[name], again[name])]
    require(
        not changed,
        "the same weights for the same seed",
        f"others in {', '.join(changed[:3])}",
        "draw them from torch.Generator().manual_seed(seed), or after torch.manual_seed(seed)",
    )
    varies = any(not torch.equal(first[name], other[name]) for name in first)
    prefer(
        varies or subject.submission.is_reference,
        "other weights for another seed",
        "the same",
        "use the seed, else the spread over seeds is not that of your model",
    )
    return "the same weights for the same seed" + (", others for another" if varies else "")


def _sampled(subject: Subject, n: int, seed: int, torch_seed: int = 0) -> Tensor:
    """(n, D) samples for a generator seed, with torch's global generator at a seed of its own."""
    with torch.random.fork_rng():
        torch.manual_seed(torch_seed)
        samples = subject.model.sample(n, generator(seed))
    if samples is None:
        raise Skipped("no sampler of its own")
    return samples
