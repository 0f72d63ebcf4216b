"""`python -m aeeval`: the command line."""

from aeeval.cli import start

if __name__ == "__main__":
    start()
