"""The models of all seeds of a unit: trained together where that can be, else one by one, with the reason why."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from aeeval.datasets.base import Dataset
from aeeval.errors import AeevalError, TimeLimit
from aeeval.fitting import Fitted, Training, fit_model
from aeeval.seeds import derive
from aeeval.submissions.build import build_model, deadline
from aeeval.submissions.model import Model
from aeeval.submissions.submission import Submission
from aeeval.training import Alone, Budget, CannotStack, squared_error, train_together
from aeeval.training.stack import has_convolutions


@dataclass(frozen=True)
class Seeds:
    """Seed -> its model, or what it failed with; `alone` says why they were not trained together, if they were not."""

    fits: Mapping[int, Fitted | AeevalError]
    alone: str = ""


def fit_seeds(
    submission: Submission,
    datasets: Mapping[int, Dataset],
    *,
    latent_dim: int | None,
    task: str,
    budget: Budget,
    device: str = "cpu",
) -> Seeds:
    """The models of all seeds, each as `fit_model` makes it, to the rounding of batched products."""

    def alone(seed: int) -> Fitted | AeevalError:
        try:
            rest = {"latent_dim": latent_dim, "task": task, "budget": budget, "device": device}
            return fit_model(submission, datasets[seed], seed=seed, **rest)  # type: ignore[arg-type]
        except AeevalError as error:
            return error

    try:
        rest = {"latent_dim": latent_dim, "task": task, "budget": budget, "device": device}
        return Seeds(fit_together(submission, list(datasets), datasets.__getitem__, **rest))  # type: ignore[arg-type]
    except TimeLimit as error:
        return Seeds(dict.fromkeys(datasets, error))
    except CannotStack as error:
        return Seeds({seed: alone(seed) for seed in datasets}, str(error))
    except AeevalError as error:  # of which seed, and what of the others, is told by fitting each
        return Seeds({seed: alone(seed) for seed in datasets}, str(error))


def fit_together(
    submission: Submission,
    seeds: Sequence[int],
    rows: Callable[[int], Dataset | Training],
    *,
    latent_dim: int | None,
    task: str,
    budget: Budget,
    device: str = "cpu",
    before: Callable[[int], None] = lambda seed: None,
) -> dict[int, Fitted | AeevalError]:
    """Seed -> its model or what its training failed with, all trained at once; `before` is called before each is built.

    Raises `CannotStack` with the reason where they cannot be, `TimeLimit` past the budget of all of them, and what
    building them raises.
    """
    if submission.track == "frozen":
        raise CannotStack("it is trained already")
    models, stack = dict[int, Model](), list[Alone]()
    for seed in seeds:
        before(seed)
        dataset = rows(seed)
        models[seed] = build_model(submission, dataset.shape, latent_dim, derive(task, seed, "init"), device)
        stack.append(_before(models[seed], dataset, derive(task, seed, "train")))
    if device == "cpu" and has_convolutions(stack[0].module):
        raise CannotStack("convolutions of several models at once take a processor longer than one after another")
    with deadline(budget.wall_s * len(stack)):
        ends = train_together(stack, budget)
    return {
        seed: end if isinstance(end, AeevalError) else Fitted(models[seed], end)
        for seed, end in zip(models, ends, strict=True)
    }


def _before(model: Model, dataset: Dataset | Training, seed: int) -> Alone:
    """A model of the published trainer before its training."""
    adapted = model.adapted
    if adapted.fit is not None:
        raise CannotStack("it has a fit of its own")
    model.eval()
    model.reconstruct(dataset.val.x[:2])  # a broken contract is told before the training, and in its own words
    train_rows, val_rows = (model.torch_rows(part.x) for part in (dataset.train, dataset.val))
    return Alone(adapted.raw, adapted.loss or squared_error(adapted), train_rows, val_rows, seed)
