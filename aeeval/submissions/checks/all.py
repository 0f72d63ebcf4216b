"""Every check in the order in which it is told, and all of them on one submission."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aeeval.errors import Skipped, SubmissionError
from aeeval.submissions.checks import answers, optional, steadiness
from aeeval.submissions.checks.finding import FAIL, PASS, SKIP, Check, Finding
from aeeval.submissions.checks.subject import Subject, make_subject

CHECKS: tuple[Check[Subject], ...] = (
    answers.rows,
    answers.code_length,
    answers.dtype,
    answers.device,
    answers.eval_mode,
    steadiness.determinism,
    steadiness.batch_independence,
    steadiness.order_independence,
    steadiness.no_memory,
    steadiness.reconstruct,
    steadiness.gradient,
    answers.inputs_unchanged,
    answers.weights_unchanged,
    optional.signatures,
    optional.training,
    optional.loss,
    optional.build_seed,
    optional.sample_shape,
    optional.sample_seed,
)
BUILDS = "builds"


def examine(
    submission: Any,
    *,
    shape: tuple[int, ...] | None = None,
    latent_dim: int | None = None,
    data: str | Path | None = None,
    device: str = "cpu",
    seed: int = 0,
    fit_seconds: float = 5.0,
    trust: bool = False,
) -> Iterator[Finding]:
    """What every check finds, one after another.

    It ends early where nothing more can be asked: after `builds`, told of the building itself, or after `rows`. The
    arguments are those of `make_subject`.
    """
    try:
        subject = make_subject(
            submission,
            shape=shape,
            latent_dim=latent_dim,
            data=data,
            device=device,
            seed=seed,
            fit_seconds=fit_seconds,
            trust=trust,
        )
    except (SubmissionError, Skipped) as error:
        yield Finding(BUILDS, SKIP if isinstance(error, Skipped) else FAIL, str(error))
        return
    yield Finding(BUILDS, PASS, f"{subject.submission.track} {type(subject.model.adapted.raw).__name__}")
    for check in CHECKS:
        yield (finding := check(subject))
        if check is answers.rows and finding.status == FAIL:
            return
