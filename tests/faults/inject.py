"""Runs on one folder whose processes are killed at random moments, and what is left of their results."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from aeeval.executors.tree import below, children
from aeeval.store import Store
from tests.tiny import write_submission, write_suite

ROOT = Path(__file__).parents[2]
# Shares of the victims: a run, its wardens, its judges, forks that wait for a submission, and submissions at work.
VICTIMS = {"run": 0.1, "warden": 0.1, "judge": 0.15, "spare": 0.15, "submission": 0.5}
LASTING = ("run", "warden", "judge")
PAUSE_S, SHORT_S = 0.4, 0.02  # on average, after there is one of the role: those that last, and those that do not
LOST = 3  # the exit code of a run whose submission was killed: nobody can say that it was not its own fault
GIVE_UP_S = 600.0


@dataclass
class Faults:
    """Some runs of the same grid on one folder at once, and a seeded choice of whom to kill when."""

    folder: Path
    seed: int
    runs: int = 2
    killed: Counter = field(default_factory=Counter)
    started: int = 0

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.mine, self.suite = write_submission(self.folder), write_suite(self.folder)

    def command(self, out: Path) -> list[str]:
        """The same command for every run."""
        given = ["pca", self.mine, "--suite", self.suite, "--out", str(out), "--capability", "reconstruction"]
        return [sys.executable, "-m", "aeeval", "run", *given]

    def start(self, out: Path, again: bool = False) -> subprocess.Popen:
        """A run in a session of its own; `again`: failed cells once more."""
        self.started += 1
        return subprocess.Popen(
            [*self.command(out), *(["--retry-failed"] if again else [])],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )

    def round(self, out: Path, most: int) -> int:
        """Run to the end while killing at most so many processes; killed runs start again; -> how many were killed."""
        before, running = self.killed.total(), [self.start(out) for _ in range(self.runs)]
        stop = time.monotonic() + GIVE_UP_S
        while any(run.poll() is None for run in running):
            if self.killed.total() - before < most:
                self._kill([run for run in running if run.poll() is None])
            else:
                time.sleep(PAUSE_S)
            running = [
                self.start(out, again=run.poll() == LOST) if run.poll() not in (None, 0) else run for run in running
            ]
            assert time.monotonic() < stop, "the runs do not come to an end"
        return self.killed.total() - before

    def _kill(self, running: list[subprocess.Popen]) -> None:
        """Kill one of a role a random moment after there is one, however busy the machine is; none if all end."""
        (role,) = self.random.choices(list(VICTIMS), list(VICTIMS.values()))
        pause = self.random.expovariate(1 / (PAUSE_S if role in LASTING else SHORT_S))
        while all(run.poll() is None for run in running):
            if not roles_of([run.pid for run in running])[role]:
                time.sleep(0.002)
                continue
            time.sleep(pause)
            if found := roles_of([run.pid for run in running])[role]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self.random.choice(sorted(found)), signal.SIGKILL)
                    self.killed[role] += 1
                return


def roles_of(runs: list[int]) -> dict[str, list[int]]:
    """The processes of runs by what they are: a warden's first child is its judge, a submission has its own session."""
    found: dict[str, list[int]] = {role: [] for role in VICTIMS}
    for run in runs:
        found["run"].append(run)
        for warden in children(run):
            found["warden"].append(warden)
            judge, *_ = [*sorted(children(warden)), 0]
            found["judge"] += [judge] if judge else []
            for pid in below(warden):
                if pid != judge:
                    with contextlib.suppress(ProcessLookupError):
                        found["spare" if os.getsid(pid) == warden else "submission"].append(pid)
    return found


def differences(found: dict[str, object], expected: dict[str, object], shot: int) -> list[str]:
    """What differs; a submission that was shot while its picture was drawn, after all its numbers, leaves none."""
    named = [name for name in expected if name != "pictures" and found[name] != expected[name]]
    missing = set(expected["pictures"]) - set(found["pictures"])
    strange = set(found["pictures"]) - set(expected["pictures"])
    return named + (["pictures"] if strange or len(missing) > shot else [])


def left_over(out: Path) -> dict[str, object]:
    """What a folder holds in the end: cells, whole or not, claims, and the bytes of the table."""
    store = Store(out)
    records, damaged = store.read()
    return {
        "cells": sorted(path.name for path in out.glob("cells/*/*.jsonl")),
        "numbers": len(records),
        "damaged": damaged,
        "claims": [held for held in store.claims() if not held.over],
        "table": (out / "tables" / "tiny.csv").read_bytes(),
        "pictures": sorted(path.name for path in (out / "pictures").glob("*.npz")),
    }
