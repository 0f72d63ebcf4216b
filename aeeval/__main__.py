"""`python -m aeeval`: the command line."""

from aeeval.cli import main

if __name__ == "__main__":
    main()
