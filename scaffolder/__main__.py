"""`python -m scaffolder` is `parity`."""

from scaffolder.cli import main

if __name__ == "__main__":
    main()
