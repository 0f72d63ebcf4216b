"""The judge of a slot: it makes data, asks models in other processes, computes every metric, and runs no submission."""

import contextlib
import dataclasses
import os
import pickle
import socket
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from aeeval.cells import Unit
from aeeval.errors import AeevalError, SubmissionError, UsageError
from aeeval.executors import cage
from aeeval.executors.remote import Caged, RemoteFitted, last_end, plain
from aeeval.executors.work import OWN_VARIABLES, Work
from aeeval.fits import Order, RowsOf
from aeeval.runner import Runner

Say = Callable[..., None]
DESCRIBE_S = 60.0
DESCRIBE_MB = 4000
TRIES = 3
_TOLD = ("accepts", "track", "chooses_latent_dim", "sha256", "search")


def judge(channel: Connection, warden: socket.socket) -> None:
    """Do what comes over the channel until it closes; both ends of it are trusted, so that it carries pickles."""

    def say(*words: Any) -> None:
        channel.send_bytes(pickle.dumps(words))

    runner: Runner | None = None
    say("ready")
    while True:
        try:
            task, *given = pickle.loads(channel.recv_bytes())
        except (EOFError, OSError):
            return
        try:
            if task == "work":
                work, folder, variables = given
                with contextlib.suppress(OSError):  # another machine of a cluster need not have it
                    os.chdir(folder)
                _settings_of(variables)
                runner = _runner(work, warden)
            elif task == "unit" and runner is not None:
                _unit(runner, given[0], say)
            elif task == "describe":
                say("described", _describe(warden, *given))
        except AeevalError as error:
            say("error", error)
        except BrokenPipeError:
            return


def _settings_of(variables: dict[str, str]) -> None:
    """The variables of the process that runs it, and none that a run before had; a worker keeps its own."""
    own = {name: os.environ[name] for name in OWN_VARIABLES if name in os.environ}
    os.environ.clear()
    os.environ.update({**variables, **own})


def _runner(work: Work, warden: socket.socket) -> Runner:
    def fits(order: Order, rows: RowsOf) -> "FitsApart":
        return FitsApart(order, rows, warden, work)

    return work.runner(fits)


def _unit(runner: Runner, unit: Unit, say: Say) -> None:
    say("started", unit.open[0])
    for outcome in runner.run_unit(unit):
        say("outcome", outcome)
    say("done", None)


def _describe(
    warden: socket.socket, source: str, hidden: tuple[str, ...], trust: bool, shape: tuple[int, ...]
) -> dict[str, Any]:
    """What a submission says of itself when it is loaded in a caged process; in another, where that one was shot."""
    for _ in range(TRIES):
        told, shot = _described(warden, source, hidden, trust, shape)
        if not shot:
            break
    return told


def _described(
    warden: socket.socket, source: str, hidden: tuple[str, ...], trust: bool, shape: tuple[int, ...]
) -> tuple[dict[str, Any], bool]:
    caged = Caged(warden, cage.Limits(DESCRIBE_MB, hidden=hidden), DESCRIBE_S)
    try:
        asked = {"do": "describe", "source": source, "trust": trust, "shape": list(shape)}
        told = caged.prepare(asked, DESCRIBE_S).body
        return {name: told[name] for name in (*_TOLD, *(("latent_dim",) if shape else ()))}, False
    except (SubmissionError, UsageError) as error:
        return {"broken": str(error)}, caged.shot
    except KeyError as error:
        return {"broken": f"expected {error} of it; got nothing; do not change the process"}, False
    finally:
        caged.close()


class FitsApart:
    """The models of a unit, in a caged process a cell; in one for all, where they are trained together."""

    def __init__(self, order: Order, rows: RowsOf, warden: socket.socket, work: Work):
        self._order, self._rows, self._warden, self._work = order, rows, warden, work
        self._caged: Caged | None = None
        self._together = False

    def fitted(self, seed: int) -> RemoteFitted:
        """The model of a seed; what its process failed with is raised here."""
        wall = self._order.budget.wall_s
        if self._caged is None or not self._caged.alive:
            self._caged = self._opened()
        self._caged.fresh_time()
        trials = max(1, self._order.submission.trials)
        seconds = trials * (len(self._order.seeds) + 1) * wall + self._work.allowance.grace_s
        told = self._caged.prepare({"do": "fit", "seed": seed}, seconds, self._rows)
        training = plain(told.body.get("training"))
        self._together = "together" in training
        notes = tuple(str(note)[:1000] for note in told.body.get("warnings", ()))
        return RemoteFitted(self._caged, seed, self._rows(seed).shape, notes, training)

    def done(self, seed: int) -> None:
        """The next seed starts in a fresh process, unless it has been trained in this one already.

        Nobody waits for the end of the old one: it goes while the data of the next seed are made.
        """
        if self._caged is not None and not self._together:
            self._caged.let_go()

    def close(self) -> None:
        """End the process, if there is one; afterwards none of the unit is left."""
        if self._caged is not None:
            self._caged.let_go()
            last_end(self._warden)
            self._caged = None

    def _opened(self) -> Caged:
        order, work = self._order, self._work
        limits = cage.Limits(order.budget.memory_mb, work.allowance.scratch_mb, work.hidden, order.device)
        caged = Caged(self._warden, limits, order.budget.wall_s)
        body = {
            "do": "open",
            "source": order.submission.source,
            "trust": work.trust,
            "track": order.submission.track,
            "trials": order.submission.trials,
            "task": order.task,
            "latent_dim": order.latent_dim,
            "seeds": list(order.seeds),
            "budget": dataclasses.asdict(order.budget),
            "device": order.device,
        }
        caged.prepare(body, work.allowance.grace_s + order.budget.wall_s)
        return caged
