"""The door: `kubectl mcdiag …` and `python -m kubectl_mcdiag …`."""

import sys

from kubectl_mcdiag.cli import main


def run() -> None:
    """Run the command line and leave with its exit code."""
    sys.exit(main(sys.argv))


if __name__ == "__main__":
    run()
