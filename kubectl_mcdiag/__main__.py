"""The entry point of `kubectl mcdiag …` and `python -m kubectl_mcdiag …`."""

import gc
import signal
import sys
import warnings


def run() -> None:
    """Run the command line and leave with its exit code."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        # Ctrl-C while modules are still being imported ends the run as it ends any other program.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # of libraries, about certificates for example: not for operators
    # One run makes records by the hundred thousand and no cycles (tests/test_scale.py sees to that), so that memory is
    # given back without a collector, which would take a third of the time; so it would at the end.
    gc.disable()
    from kubectl_mcdiag.cli.main import main

    code = main(sys.argv)
    gc.freeze()
    sys.exit(code)


if __name__ == "__main__":
    run()
