"""Subjects of tests: honest models, and models that win time by not doing the work."""

import torch
from torch import nn

from aeeval.submissions.adapt import adapt
from aeeval.submissions.model import Model
from aeeval.throughput.row import Who
from aeeval.throughput.setting import Setting
from aeeval.throughput.subject import Subject

D, K = 6, 2
HERE = Setting("this machine", "cpu")
WHO = Who("mine", "rows", K)


class Linear(nn.Module):
    """D-K-D, whose answers theory knows: FLOPs 2DK a row each way."""

    def __init__(self, wide=D, narrow=K):
        super().__init__()
        torch.manual_seed(0)
        self.f, self.g = nn.Linear(wide, narrow), nn.Linear(narrow, wide)

    def encode(self, x):
        return self.f(x)

    def decode(self, z):
        return self.g(z)


class Memoising(Linear):
    """Remembers answers by the address of the rows."""

    def __init__(self):
        super().__init__()
        self.answers = {}

    def encode(self, x):
        return self.answers.setdefault((x.data_ptr(), len(x)), self.f(x))


class MemoisingContents(Linear):
    """Remembers answers by the numbers in the rows: every answer is right."""

    def __init__(self):
        super().__init__()
        self.answers = {}

    def encode(self, x):
        key = x.numpy().tobytes()
        if key not in self.answers:
            self.answers[key] = self.f(x)
        return self.answers[key]


class EverySecond(Linear):
    """Computes every second time, and hands out the same answer again in between."""

    def __init__(self):
        super().__init__()
        self.calls, self.last = 0, None

    def encode(self, x):
        self.calls += 1
        if self.calls % 2 or len(self.last) != len(x):
            self.last = self.f(x)
        return self.last


class DownCasting(Linear):
    """Computes in half of the precision and answers in the type that was asked for."""

    def encode(self, x):
        return nn.functional.linear(x.bfloat16(), self.f.weight.bfloat16(), self.f.bias.bfloat16()).to(x.dtype)


class HalfAnswers(Linear):
    """Answers in another type than it was asked in."""

    def encode(self, x):
        return self.f(x).bfloat16()


class Later(torch.Tensor):
    """Stands for a result that is not there yet."""


class Lazy(Linear):
    """Answers with something that could do the work later."""

    def encode(self, x):
        return self.f(x).as_subclass(Later)


class Random(Linear):
    """Draws its codes."""

    def encode(self, x):
        return self.f(x) + torch.randn(len(x), K)


class BackToTraining(Linear):
    """Puts itself back into training mode."""

    def encode(self, x):
        self.train()
        return self.f(x)


class FastMath(Linear):
    """Tells torch to make its products in bfloat16."""

    def encode(self, x):
        torch.set_float32_matmul_precision("medium")
        return self.f(x)


class Infinite(Linear):
    """Answers infinity once it is asked for many rows."""

    def encode(self, x):
        return self.f(x) / (0.0 if len(x) > 2 else 1.0)


def rows(n=16, dim=D):
    return torch.randn(n, dim, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def model_of(raw, dim=D, k=None):
    model = Model(adapt(raw), shape=(dim,), latent_dim=k)
    model.eval()
    return model


def subject(raw=None, setting=HERE, dim=D, n=16):
    return Subject(model_of(Linear(dim) if raw is None else raw, dim), rows(n, dim), setting)
