"""The codes on a command line, and the checks that they mean."""

from typing import TYPE_CHECKING

from kubectl_mcdiag.errors import McdiagError
from kubectl_mcdiag.run.options import split

if TYPE_CHECKING:
    from kubectl_mcdiag.checks.contract import Check

PROGRAM = "kubectl mcdiag"


def known(code: str) -> "Check":
    """Return the check with this code; raise `McdiagError` where there is none."""
    from kubectl_mcdiag.checks.catalogue import CHECKS

    by_code = {rule.code: rule for rule in CHECKS}
    found = by_code.get(code.upper())
    if found is None:
        from kubectl_mcdiag.mesh.suggestions import close_to

        hint = close_to(code.upper(), by_code)
        raise McdiagError(f"no check has the code {code}; {f'{hint} ' if hint else ''}`{PROGRAM} list` shows them all")
    return found


def chosen(only: tuple[str, ...], skip: tuple[str, ...]) -> tuple["Check", ...]:
    """Return the checks of `--only`, or all, without those of `--skip`; raise `McdiagError` where none is left."""
    from kubectl_mcdiag.checks.catalogue import CHECKS

    kept = {known(code).code for code in split(only)} or {rule.code for rule in CHECKS}
    dropped = {known(code).code for code in split(skip)}
    found = tuple(rule for rule in CHECKS if rule.code in kept - dropped)
    if not found:
        raise McdiagError("--only and --skip leave no check to run")
    return found
