"""What is known of a submission before it is built."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from aeeval.errors import UsageError, message
from aeeval.protocol import SEARCH

KINDS = ("vector", "image")
BuildFunction = Callable[..., Any]


@dataclass(frozen=True)
class Submission:
    """A named way to get a model: `build(shape=, latent_dim=, seed=)` and what it says of itself.

    `source` is the text that a worker process loads it from again; empty for objects that live in this process only.
    `sha256` covers the code and weights it came from. On the frozen track `build` returns the trained model.
    """

    name: str
    build: BuildFunction
    source: str = ""
    accepts: str | None = None
    track: str = "recipe"
    chooses_latent_dim: bool = False
    latent_dim: int | None = None
    """The code length of a trained model, once it is known; it runs at this one alone."""
    sha256: str = ""
    search: Mapping[str, Any] = field(default_factory=dict)
    """What may be tried of it (see `aeeval.submissions.search`), in so many `trials`; 0 runs it as it is."""
    trials: int = 0
    config: Mapping[str, Any] = field(default_factory=dict)
    """What `build` is given beside the usual, in one trial."""

    def __post_init__(self) -> None:
        if self.accepts is not None and self.accepts not in KINDS:
            raise UsageError(message(f"ACCEPTS of {KINDS} in {self.name}", repr(self.accepts), "mend or drop the line"))

    @property
    def is_reference(self) -> bool:
        """True for rows that are shown and never ranked, with a code of any length."""
        return self.track == "reference"

    def searched(self, trials: int) -> "Submission":
        """The same with its best configuration of so many, on the track `search N`; itself where it has no space.

        It is tried at the code lengths of the tasks, not at one of its own.
        """
        if not (self.search and trials) or self.track != "recipe":
            return self
        return replace(self, trials=trials, track=f"{SEARCH}{trials}", chooses_latent_dim=False)

    def on_track(self, track: str) -> "Submission":
        """The same as records of a track had it."""
        return self.searched(int(track.removeprefix(SEARCH))) if track.startswith(SEARCH) else self

    def misfit(self, shape: tuple[int, ...]) -> str | None:
        """Why this submission cannot take rows of a shape, or None."""
        if self.accepts == "image" and len(shape) != 3:
            return "takes images"
        if self.accepts == "vector" and len(shape) != 1:
            return "takes vectors"
        return None


def check_build(build: Any, where: str) -> BuildFunction:
    """`build` itself when it can be called with shape, latent_dim and seed; else an error that names the form."""
    form = "build(*, shape, latent_dim, seed)"
    if not callable(build):
        raise UsageError(message(f"{where} to define {form}", "nothing callable of that name", "define it"))
    try:
        inspect.signature(build).bind(shape=(2,), latent_dim=1, seed=0)
    except TypeError as error:
        shown = f"build{inspect.signature(build)}"
        raise UsageError(message(f"{form} in {where}", shown, f"take these three by name ({error})")) from error
    return build
