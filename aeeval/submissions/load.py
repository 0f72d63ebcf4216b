"""From what a user wrote (`pca`, `my_model.py`, `NAME=model.pt2`) to a submission."""

import hashlib
import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from aeeval import bundled
from aeeval.errors import SubmissionError, UnknownName, UsageError, message
from aeeval.submissions.artefacts import load_exported, load_scripted
from aeeval.submissions.python_file import import_file
from aeeval.submissions.submission import Submission, check_build

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def load_all(specs: Sequence[str]) -> list[Submission]:
    """Load every spec; two submissions of one display name are an error that shows the form NAME=spec."""
    submissions: dict[str, Submission] = {}
    for spec in specs:
        submission = load(spec)
        if submission.name in submissions:
            other = submissions[submission.name].source
            raise UsageError(
                message(
                    "one submission a name",
                    f"{submission.name!r} twice ({other} and {spec})",
                    f"write {submission.name}2={spec.split('=')[-1]}",
                )
            )
        submissions[submission.name] = submission
    return list(submissions.values())


def load(spec: str) -> Submission:
    """One submission from its spec: a baseline's name, a path, or NAME= before either."""
    name, target = _split(spec)
    path = _resolve(target)
    try:
        loader = _LOADERS[path.suffix]
    except KeyError:
        raise UsageError(
            message(f"a file that ends in {', '.join(_LOADERS)}", str(path), "see aeeval run --help")
        ) from None
    return loader(name or path.stem, path, spec)


def _split(spec: str) -> tuple[str | None, str]:
    name, equals, target = spec.partition("=")
    if not equals:
        return None, spec
    if not _NAME.fullmatch(name):
        raise UsageError(message("a name of letters, digits, '.', '_' or '-' before '='", repr(name), "rename it"))
    return name, target


def _resolve(target: str) -> Path:
    looks_like_path = "/" in target or Path(target).suffix in _LOADERS
    if looks_like_path and not Path(target).is_file():
        raise UsageError(message("a submission file", f"{target}, which does not exist", "check the path"))
    try:
        return bundled.resolve("baselines", target)
    except UnknownName as error:
        near = f"did you mean {' or '.join(error.near)}?" if error.near else "aeeval list baselines shows them."
        raise UsageError(f"unknown submission {target!r}: neither a baseline nor a file; {near}") from error


def _load_python(name: str, path: Path, spec: str) -> Submission:
    """A file that does not import still is a submission: its cells fail, the others' finish."""
    try:
        module, digest = import_file(path)
        return Submission(
            name=name,
            build=check_build(getattr(module, "build", None), str(path)),
            source=spec,
            accepts=getattr(module, "ACCEPTS", None),
            track="reference" if getattr(module, "REFERENCE", False) else "recipe",
            chooses_latent_dim=bool(getattr(module, "CHOOSES_LATENT_DIM", False)),
            sha256=digest,
        )
    except UsageError as error:
        return _broken(name, path, spec, str(error))
    except Exception as error:  # whatever the file raises is the submission's failure
        return _broken(name, path, spec, f"{path.name} does not import: {type(error).__name__}: {error}")


def _broken(name: str, path: Path, spec: str, reason: str) -> Submission:
    def build(*, shape: tuple[int, ...], latent_dim: int, seed: int) -> Any:
        raise SubmissionError(reason)

    return Submission(name=name, build=build, source=spec, sha256=file_digest(path))


def _load_frozen(reader: Callable[[Path], Any], name: str, path: Path, spec: str) -> Submission:
    def build(*, shape: tuple[int, ...], latent_dim: int, seed: int) -> Any:
        return reader(path)

    return Submission(name=name, build=build, source=spec, track="frozen", sha256=file_digest(path))


def file_digest(path: Path) -> str:
    """sha256 of a file's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


_LOADERS: dict[str, Callable[[str, Path, str], Submission]] = {
    ".py": _load_python,
    ".pt2": partial(_load_frozen, load_exported),
    ".pt": partial(_load_frozen, load_scripted),
    ".ts": partial(_load_frozen, load_scripted),
}
