"""The kinds of mutation, one family a module; a module registers its own."""

from importlib import import_module
from pkgutil import iter_modules


def load() -> None:
    """Import every family, which registers its kinds."""
    for module in sorted(iter_modules(__path__), key=lambda found: found.name):
        import_module(f"{__name__}.{module.name}")
