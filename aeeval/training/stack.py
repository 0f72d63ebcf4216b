"""Models of one structure as one: stacked parameters, and their losses and steps in one pass."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Generator, Tensor, nn
from torch.func import functional_call, stack_module_state, vmap
from torch.optim.adam import adam

from aeeval.training.best import CHUNK, seeded
from aeeval.training.draws import Draw, Recorded, Replayed
from aeeval.training.losses import Loss, check_differentiable

AGREEMENT = 1e-4  # of the first losses, together and alone: in float32 rounding makes 1e-6, another loss much more
EPS, BETAS = 1e-8, (0.9, 0.999)  # those of torch.optim.Adam


class CannotStack(Exception):
    """Why these models cannot be trained together; they can be trained one by one."""


@dataclass(frozen=True)
class Alone:
    """One model before training: its loss, its rows and the seed of its training."""

    module: Any
    loss: Loss
    train_rows: Tensor
    val_rows: Tensor
    seed: int


class Stack:
    """The models still in training; rows, parameters, buffers and moments of Adam have the model as first axis."""

    def __init__(self, models: Sequence[Alone]):
        check_stackable(models)
        self.models = list(models)
        self._called = _Called(models[0].module, models[0].loss)
        self.parameters, self.buffers = stack_module_state([_Called(m.module, m.loss) for m in models])
        self._trained = [name for name, tensor in self.parameters.items() if tensor.requires_grad]
        self._moments = [[torch.zeros_like(self.parameters[name]) for name in self._trained] for _ in range(2)]
        self._rows = torch.stack([model.train_rows for model in models])
        self._val_rows = torch.stack([model.val_rows for model in models])
        self._generators = [self._generator(model.seed) for model in models]
        self._plans: dict[tuple[bool, int], list[Draw]] = {}

    def batch(self, places: Tensor) -> Tensor:
        """(models, batch, *shape): rows of each model by their numbers (models, batch)."""
        models, count = self._rows.shape[:2]
        flat = places.to(self._rows.device) + count * torch.arange(models, device=self._rows.device)[:, None]
        return self._rows.flatten(0, 1).index_select(0, flat.flatten()).unflatten(0, places.shape)

    def descend(self, batch: Tensor, rates: Sequence[float], step: int) -> Tensor:
        """One step of Adam for each model at its own rate; -> (models,) the losses before it."""
        losses = self._losses(batch, self._generators, training=True)
        own = [self.parameters[name] for name in self._trained]
        # The fused Adam reads memory as it lies, and gradients of batched products may lie transposed.
        slopes = [slope.contiguous() for slope in torch.autograd.grad(losses.sum(), own)]
        with torch.no_grad():
            for rate in dict.fromkeys(rates):
                state = [own, slopes, *self._moments]
                chosen = [place for place, one in enumerate(rates) if one == rate]
                if len(chosen) < len(rates):
                    state = [[tensor[place] for tensor in tensors for place in chosen] for tensors in state]
                _adam(state, rate, step)
        return losses.detach()

    def validate(self) -> Tensor:
        """(models,) the mean loss of the validation rows in eval mode, with the same random numbers at every look."""
        generators = [self._generator(model.seed + 2) for model in self.models]
        kept = {name: tensor.clone() for name, tensor in self.buffers.items()}
        total = torch.zeros(len(self.models), dtype=torch.float64)
        for chunk in self._val_rows.split(CHUNK, dim=1):
            if (False, chunk.shape[1]) not in self._plans:
                self._plans[False, chunk.shape[1]] = self._draws_in_eval(chunk[0])
            losses = self._losses(chunk, generators, training=False).detach()
            total += chunk.shape[1] * losses.double().cpu()
        self.buffers = kept
        return total / self._val_rows.shape[1]

    def of(self, place: int) -> dict[str, Tensor]:
        """A copy of the parameters and buffers of one model, by the names in its module."""
        tensors = {**self.parameters, **self.buffers}
        return {name.removeprefix("module."): tensor[place].detach().clone() for name, tensor in tensors.items()}

    def keep(self, places: list[int]) -> None:
        """Let all other models go."""
        trained = {name: tensor.requires_grad for name, tensor in self.parameters.items()}
        self.parameters = {n: t.detach()[places].requires_grad_(trained[n]) for n, t in self.parameters.items()}
        self.buffers = {name: tensor[places] for name, tensor in self.buffers.items()}
        self._moments = [[tensor[places] for tensor in tensors] for tensors in self._moments]
        self._rows, self._val_rows = self._rows[places], self._val_rows[places]
        self.models = [self.models[place] for place in places]
        self._generators = [self._generators[place] for place in places]

    def compare(self, batch: Tensor) -> None:
        """Raise `CannotStack` unless the first loss of every model is the same here as alone.

        A model may hide state that is no parameter and no buffer, in which its seeds differ. What the loss draws at
        random is listed on the way.
        """
        kept = {name: tensor.clone() for name, tensor in self.buffers.items()}
        alone = torch.stack([self._first(model, rows) for model, rows in zip(self.models, batch, strict=True)])
        fresh = [self._generator(model.seed) for model in self.models]
        together = self._losses(batch, fresh, training=True).detach()
        self.buffers = kept
        if not torch.allclose(alone, together, rtol=AGREEMENT, atol=1e-6, equal_nan=True):
            raise CannotStack("its first loss together is another than alone")

    def _losses(self, rows: Tensor, generators: Sequence[Generator], *, training: bool) -> Tensor:
        """(models,) of rows (models, n, *shape)."""
        self._called.train(training)
        plan = self._plans[training, rows.shape[1]]
        numbers = [draw(generators) for draw in plan]

        def one(parameters: Any, buffers: Any, x: Tensor, drawn: Sequence[Tensor]) -> Any:
            with Replayed(plan, drawn):
                return functional_call(self._called, (parameters, buffers), (x,))

        return vmap(one)(self.parameters, self.buffers, rows, numbers)

    def _first(self, model: Alone, rows: Tensor) -> Tensor:
        """The loss of a model alone in train mode; its buffers are afterwards as they were."""
        kept = {name: tensor.detach().clone() for name, tensor in model.module.named_buffers()}
        model.module.train()
        before = _plain(model.module)
        with seeded(model.seed, rows.device), Recorded() as recorded:
            value = model.loss(rows)
        check_differentiable(value)
        if _plain(model.module) != before:
            raise CannotStack("its loss changes attributes that are no buffers")
        self._plans.setdefault((True, len(rows)), recorded.draws)
        with torch.no_grad():
            for name, tensor in model.module.named_buffers():
                tensor.copy_(kept[name])
        return value.detach()

    def _draws_in_eval(self, rows: Tensor) -> list[Draw]:
        self._called.eval()
        with seeded(0, rows.device), Recorded() as recorded:
            self._called(rows)
        return recorded.draws

    def _generator(self, seed: int) -> Generator:
        return Generator(self._rows.device).manual_seed(seed)


class _Called(nn.Module):
    """A loss as the forward pass of a module, so that `functional_call` can exchange the parameters behind it."""

    def __init__(self, module: nn.Module, loss: Loss):
        super().__init__()
        self.module = module
        self._loss = loss

    def forward(self, x: Tensor) -> Tensor:
        return self._loss(x)


def check_stackable(models: Sequence[Alone]) -> None:
    """Raise `CannotStack` unless all are modules of one structure, trained in real numbers on rows of one shape."""
    if not all(isinstance(model.module, nn.Module) for model in models):
        raise CannotStack("the model is no torch.nn.Module")
    if len({_structure(model.module) for model in models}) > 1:
        raise CannotStack("parameters of the seeds differ in shape")
    if len({(model.train_rows.shape, model.val_rows.shape) for model in models}) > 1:
        raise CannotStack("the seeds differ in the number of rows")
    trained = [tensor for tensor in models[0].module.parameters() if tensor.requires_grad]
    if not trained:
        raise CannotStack("there is nothing to train")
    if not all(tensor.is_floating_point() for tensor in trained):
        raise CannotStack("parameters are complex")


def has_convolutions(module: Any) -> bool:
    """Whether a part of it convolves: vmap makes grouped convolutions of those, slow on a processor."""
    kinds = (nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)
    return isinstance(module, nn.Module) and any(isinstance(part, kinds) for part in module.modules())


def _structure(module: nn.Module) -> tuple[Any, ...]:
    named = (*module.named_parameters(), *module.named_buffers())
    return tuple((name, tensor.shape, tensor.dtype, tensor.requires_grad) for name, tensor in named)


def _plain(module: nn.Module) -> list[Any]:
    """Attributes that are numbers, words or tensors kept aside: state that a stack would share or lose."""
    kinds = (bool, int, float, str)
    return [
        (name, key, value if isinstance(value, kinds) else id(value))
        for name, part in module.named_modules()
        for key, value in vars(part).items()
        if isinstance(value, (*kinds, Tensor))
    ]


def _adam(state: Sequence[Sequence[Tensor]], rate: float, step: int) -> None:
    """One step, in place, of parameters with gradients and both moments; `step` counts from 0."""
    tensors, slopes, first, second = (list(part) for part in state)
    counts = [torch.tensor(float(step), device=tensor.device) for tensor in tensors]
    plain = partial(adam, fused=True, amsgrad=False, maximize=False, weight_decay=0.0)
    plain(tensors, slopes, first, second, [], counts, lr=rate, beta1=BETAS[0], beta2=BETAS[1], eps=EPS)
