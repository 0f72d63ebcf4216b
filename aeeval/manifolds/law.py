"""Laws on a line that are known by a log density: mass, means and quantiles, by Gauss-Legendre quadrature on panels."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from aeeval.errors import GeometryError, message

Curve = Callable[[Tensor], Tensor]
Range = tuple[float, float]

_NODES = 16
_PANELS = (8, 16, 32, 64, 128, 256, 512)
_SETTLED, _EXACT = 1e-11, 1e-10
_NEWTON_STEPS = 60
_RESOLVED = 1e-11  # of a panel: the step after such a one is lost in rounding, as Newton squares the error


@dataclass(frozen=True)
class Panels:
    """A rule over intervals: `edges` (P, 2) of its panels, `mass` (P,) in each, `nodes` and `weights` (P, 16).

    Masses and weights are in units of exp(top), so that no density overflows or vanishes.
    """

    edges: Tensor
    mass: Tensor
    nodes: Tensor
    weights: Tensor
    top: float

    @property
    def log_mass(self) -> float:
        return self.mass.sum().log().item() + self.top

    def expect(self, values: Curve) -> Tensor:
        """(k,) -> (k, p) of t, to its mean (p,)."""
        weights = self.weights.reshape(-1)
        return weights @ values(self.nodes.reshape(-1)) / weights.sum()


class Law:
    """The law with density exp(log_density(t)) / mass on a union of intervals; smooth on each of them.

    `log_mass` is log ∫ exp(log_density). Panels are halved until it changes by less than 1e-11; raises `GeometryError`
    where 512 panels an interval do not reach that.
    """

    def __init__(self, log_density: Curve, intervals: tuple[Range, ...]):
        self.log_density, self.intervals = log_density, intervals
        self.coarse, self.fine = self._settle()
        self.log_mass = self.fine.log_mass

    def mean(self, values: Curve) -> Tensor:
        """(k,) -> (k, p) of t, to its mean (p,) under this law; raises where two rules differ by more than 1e-10."""
        coarse, fine = self.coarse.expect(values), self.fine.expect(values)
        size = values(self.fine.nodes.reshape(-1)).abs().max().clamp_min(torch.finfo(torch.float64).tiny)
        error = ((fine - coarse).abs().max() / size).item()
        if not error <= _EXACT:
            raise _unsettled(error, _EXACT)
        return fine

    def quantile(self, share: Tensor) -> Tensor:
        """(n,) in [0, 1) -> (n,): the t below which that share of the mass lies, by Newton within a panel."""
        cumulative = self.fine.mass.cumsum(0)
        target = share * cumulative[-1]
        panel = torch.searchsorted(cumulative, target, right=True).clamp(max=len(cumulative) - 1)
        start, stop = self.fine.edges[panel].T
        return self._within(start, stop, target - (cumulative - self.fine.mass)[panel])

    def _within(self, start: Tensor, stop: Tensor, target: Tensor) -> Tensor:
        """(n,), (n,), (n,) -> (n,): where the mass from `start` reaches the target; Newton, kept in its bracket."""
        low, high = start, stop
        t = (start + stop) / 2
        for _ in range(_NEWTON_STEPS):
            excess = self._mass(start, t) - target
            low, high = torch.where(excess <= 0, t, low), torch.where(excess > 0, t, high)
            newton = t - excess / self._density(t)
            following = torch.where((newton >= low) & (newton <= high), newton, (low + high) / 2)
            step, t = (following - t).abs(), following
            if bool((step <= _RESOLVED * (stop - start)).all()):
                break
        return t

    def _mass(self, start: Tensor, stop: Tensor) -> Tensor:
        abscissae, weights = _rule()
        half = (stop - start)[:, None] / 2
        return half.squeeze(1) * (self._density(start[:, None] + half * (abscissae + 1)) @ weights)

    def _density(self, t: Tensor) -> Tensor:
        return (self.log_density(t) - self.fine.top).exp()

    def _settle(self) -> tuple[Panels, Panels]:
        coarse = self._panels(_PANELS[0])
        for count in _PANELS[1:]:
            fine = self._panels(count)
            error = abs(fine.log_mass - coarse.log_mass)
            if error <= _SETTLED:
                return coarse, fine
            coarse = fine
        raise _unsettled(error, _SETTLED)

    def _panels(self, count: int) -> Panels:
        ticks = [torch.linspace(low, high, count + 1, dtype=torch.float64) for low, high in self.intervals]
        edges = torch.cat([torch.stack([tick[:-1], tick[1:]], dim=1) for tick in ticks])
        abscissae, weights = _rule()
        half = edges.diff(dim=1) / 2
        nodes = edges[:, :1] + half * (abscissae + 1)
        logs = self.log_density(nodes)
        top = logs.max().item()
        weighted = half * weights * (logs - top).exp()
        return Panels(edges, weighted.sum(dim=1), nodes, weighted, top)


def _rule() -> tuple[Tensor, Tensor]:
    abscissae, weights = np.polynomial.legendre.leggauss(_NODES)
    return torch.from_numpy(abscissae), torch.from_numpy(weights)


def _unsettled(error: float, limit: float) -> GeometryError:
    return GeometryError(
        message(f"a density integrated to {limit:g}", f"{error:.1e}", "choose a density that is less steep")
    )
