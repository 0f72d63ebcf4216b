"""Hostile submissions by name: what each does on top of an honest linear autoencoder, and what becomes of it."""

from dataclasses import dataclass

HONEST = """
import ctypes, gc, os, random, resource, shutil, signal, socket, subprocess, sys, time
import numpy as np
import torch
from torch import nn

OUT, SECRET = {out!r}, {secret!r}


class Linear(nn.Module):
    def __init__(self, size, k):
        super().__init__()
        self.encoder, self.decoder = nn.Linear(size, k), nn.Linear(k, size)

    def encode(self, x):
        in_encode(self)
        return self.encoder(x)

    def decode(self, z):
        return self.decoder(z)

    def fit(self, train, val):
        in_fit(self)


def in_build(model): pass
def in_fit(model): pass
def in_encode(model): pass

{hostile}

def build(*, shape, latent_dim, seed):
    torch.manual_seed(seed)
    model = Linear(shape[0], latent_dim)
    in_build(model)
    return model
"""


@dataclass(frozen=True)
class Hostile:
    """What it does, and what is expected: a status with words of the reason, or `ok` with the honest numbers.

    `landlock`: the version without which it is not prevented.
    """

    code: str
    status: str = "ok"
    reason: str = ""
    landlock: int = 0

    def text(self, out: str, secret: str) -> str:
        """The file of the submission."""
        return HONEST.format(hostile=self.code, out=out, secret=secret)


def fit(lines: str, *expected, **more) -> Hostile:
    return Hostile("def in_fit(model):\n    " + lines.replace("\n", "\n    "), *expected, **more)


def build(lines: str, *expected, **more) -> Hostile:
    return Hostile("def in_build(model):\n    " + lines.replace("\n", "\n    "), *expected, **more)


def encode(lines: str, *expected, **more) -> Hostile:
    return Hostile("def in_encode(model):\n    " + lines.replace("\n", "\n    "), *expected, **more)


DEAF = """
for number in range(1, 65):
    try: signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError): pass
"""
FIND_SOCKET = """
found = []
for name in os.listdir("/proc/self/fd"):
    try:
        if os.readlink(f"/proc/self/fd/{name}").startswith("socket:"): found.append(int(name))
    except OSError: pass
end = socket.socket(fileno=os.dup(found[0]))
"""

HOSTILE = {
    # time
    "hangs-in-fit": fit("while True: pass", "timeout", "fitting took longer"),
    "sleeps-in-encode": encode("time.sleep(3600)", "timeout", "answering took longer"),
    "ignores-every-signal": fit(DEAF + "while True: time.sleep(1)", "timeout", "did not stop"),
    "blocks-signals-in-c": fit(
        "signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\nctypes.CDLL(None).pause()", "timeout", "did not stop"
    ),
    "stops-itself": fit("os.kill(os.getpid(), signal.SIGSTOP)", "timeout", "did not stop"),
    # memory
    "takes-memory-at-once": build("model.big = torch.ones(10**9)", "failed", "allocate memory"),
    "takes-memory-by-and-by": build("kept = []\nwhile True: kept.append(bytearray(10**7))", "failed", "emory"),
    "takes-shared-memory": build(
        "import mmap\nkept = []\nwhile True:\n    kept.append(mmap.mmap(-1, 10**7))\n    kept[-1].write(b'x' * 10**7)",
        "failed",
        "took more than 300 MB of memory",
    ),
    "takes-memory-in-children": build(
        "for _ in range(8):\n    if not os.fork():\n        kept = bytearray(b'x') * 10**8\n        time.sleep(3600)\n"
        "time.sleep(3600)",
        "failed",
        "took more than 300 MB of memory",
    ),
    "lifts-its-limits": build(
        "try: resource.setrlimit(resource.RLIMIT_DATA, (resource.RLIM_INFINITY,) * 2)\nexcept ValueError: pass\n"
        "kept = []\nwhile True: kept.append(bytearray(b'x') * 10**7)",
        "failed",
        "emory",
    ),
    # sudden ends
    "segfaults": build("ctypes.string_at(0)", "failed", "SIGSEGV"),
    "aborts": build("os.abort()", "failed", "SIGABRT"),
    "exits-in-build": Hostile("def in_build(model): os._exit(0)", "failed", "ended by itself, with exit code 0"),
    "exits-in-encode": encode("os._exit(7)", "failed", "ended by itself, with exit code 7"),
    "exits-at-import": Hostile("os._exit(0)", "failed", "ended by itself"),
    "raises-systemexit": fit("sys.exit('done')", "failed", "SystemExit: done"),
    "raises-keyboardinterrupt": encode("raise KeyboardInterrupt", "failed", "KeyboardInterrupt"),
    "recurses-without-end": build(
        "sys.setrecursionlimit(10**9)\ndef f(): return max([0], key=lambda _: f())\nf()", "failed", "SIGSEGV"
    ),
    "becomes-another-program": fit("os.execv('/bin/sleep', ['sleep', '3600'])", "failed", "closed its connection"),
    "closes-all-files": fit("os.closerange(0, 4096); time.sleep(60)", "failed", "closed its connection"),
    # processes
    "fork-bomb": build("while True:\n    if not os.fork(): time.sleep(3600)", "failed", "started more than"),
    "leaves-a-daemon": fit(
        "if not os.fork():\n    os.setsid()\n    if not os.fork(): os.execv('/bin/sleep', ['aeeval-daemon', '3600'])\n"
        "    os._exit(0)"
    ),
    "kills-its-parent": fit(
        "os.kill(os.getppid(), signal.SIGKILL)\ntime.sleep(1)", "failed", "PermissionError", landlock=6
    ),
    # files
    "fills-the-disk": build(
        "for n in range(1000):\n    with open(f'f{n}', 'wb') as file: file.write(bytes(10**6))\n    time.sleep(0.01)",
        "failed",
        "wrote more than 20 MB",
    ),
    "writes-one-huge-file": build("open('f', 'wb').write(bytes(10**8))", "failed", "File too large"),
    "deletes-the-results": fit("shutil.rmtree(OUT, ignore_errors=True)", landlock=1),
    "writes-into-the-results": fit("open(OUT + '/cells/forged', 'w').write('x')", "failed", "Permission", landlock=1),
    "reads-the-results": fit("[open(os.path.join(OUT, 'cells', 'seen')).read()]", "failed", "Permission", landlock=1),
    "reads-the-test-split": fit("open(SECRET).read()", "failed", "PermissionError", landlock=1),
    "looks-for-test-rows-in-memory": fit(
        "rows = [o for o in gc.get_objects() if isinstance(o, torch.Tensor) and o.shape[:1] == (61,)]\n"
        "if rows: raise ValueError('found test rows')"
    ),
    "deletes-its-folder": fit("here = os.getcwd()\nos.chdir('/')\nshutil.rmtree(here, ignore_errors=True)"),
    "prints-a-gigabyte": build("for _ in range(1000): sys.stdout.write('x' * 10**6)"),
    "closes-stdout": fit("sys.stdout.close(); sys.stderr.close(); os.close(1); os.close(2)"),
    # settings of the process
    "changes-seeds": encode("torch.manual_seed(0); np.random.seed(0); random.seed(0)"),
    "changes-dtype": fit("torch.set_default_dtype(torch.float64)"),
    "changes-threads": encode("torch.set_num_threads(8)"),
    "changes-determinism": fit("torch.use_deterministic_algorithms(True); torch.set_grad_enabled(False)"),
    "changes-environment": fit("os.environ.clear()"),
    # lies
    "patches-torch": encode("torch.linalg.vector_norm = torch.mean = torch.cdist = lambda *a, **k: torch.zeros(())"),
    "patches-numpy": encode("np.mean = np.sum = np.linalg.norm = lambda *a, **k: 0.0"),
    "patches-aeeval": encode(
        "import aeeval.evidence, aeeval.metrics.reconstruction as m\n"
        "aeeval.evidence.mean_square = m.mean_square = lambda *_: 0.0"
    ),
    "raises-in-del": Hostile("def delete(self): raise OSError('in del')\nLinear.__del__ = delete"),
    "answers-with-rubbish": fit(FIND_SOCKET + "end.sendall(b'\\xff' * 4096)\nos._exit(0)", "failed", "answered with"),
    "announces-too-much": fit(
        FIND_SOCKET + "import struct\nend.sendall(struct.pack('<IQ', 2, 2**60) + b'[]')\ntime.sleep(60)",
        "failed",
        "above the limit",
    ),
    "answers-with-a-pickle": fit(
        FIND_SOCKET + "import pickle\nbody = pickle.dumps(os.system)\n"
        "import struct\nend.sendall(struct.pack('<IQ', len(body), 0) + body)\ntime.sleep(60)",
        "failed",
        "no message",
    ),
    # the network
    "calls-home": fit("socket.create_connection(('127.0.0.1', 9))", "failed", "PermissionError", landlock=4),
}
