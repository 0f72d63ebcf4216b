"""The checks as pytest tests of a user's own model."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from aeeval.submissions.checks.all import CHECKS
from aeeval.submissions.checks.subject import Subject, make_subject


def parametrize(
    submission: Any,
    *,
    shape: tuple[int, ...] | None = None,
    latent_dim: int | None = None,
    data: str | Path | None = None,
    device: str = "cpu",
    seed: int = 0,
) -> Callable[[Callable[..., Any]], Any]:
    """A decorator that makes one pytest test a check of a test with the argument `check`, which it calls.

    `submission` and the other arguments are those of `make_subject`; the model is built once, by the first test.

        @parametrize("my_autoencoder.py")
        def test_my_autoencoder(check):
            check()
    """
    import pytest

    @cache
    def subject() -> Subject:
        return make_subject(submission, shape=shape, latent_dim=latent_dim, data=data, device=device, seed=seed)

    def bound(check: Any) -> Callable[[], None]:
        return lambda: check(subject()).require()

    return pytest.mark.parametrize("check", [pytest.param(bound(check), id=check.name) for check in CHECKS])
