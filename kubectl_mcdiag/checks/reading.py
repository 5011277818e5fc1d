"""Which commands a rule can read, worked out from its code and that of the facts it calls."""

from collections.abc import Callable, Iterator
from functools import cache
from types import CodeType, FunctionType, ModuleType
from typing import Any

from kubectl_mcdiag.evidence.model import Command

_PACKAGE = "kubectl_mcdiag."


@cache
def commands_read(rule: Callable[..., Any]) -> tuple[Command[Any], ...]:
    """Return the commands that a rule names, directly or through a fact, ordered by key.

    It may name more than one run reads: a fact that is asked only in some meshes counts as well.
    """
    found: dict[str, Command[Any]] = {}
    seen: set[int] = set()
    waiting: list[Any] = [rule]
    while waiting:
        thing = waiting.pop()
        if isinstance(thing, Command):
            found[thing.key] = thing
        elif isinstance(thing, FunctionType) and id(thing) not in seen:
            seen.add(id(thing))
            waiting += _named(thing)
    return tuple(found[key] for key in sorted(found))


def _named(function: FunctionType) -> Iterator[Any]:
    """Yield the commands, functions and methods of this package that a function names."""
    inner = getattr(function, "__wrapped__", None)
    if inner is not None:
        yield inner
        return
    names = set(_names(function.__code__))
    values = [function.__globals__[name] for name in names if name in function.__globals__]
    modules = [value for value in values if isinstance(value, ModuleType) and _is_ours(value.__name__)]
    values += [vars(module)[name] for module in modules for name in names if name in vars(module)]
    for value in values:
        yield from _parts(value)


def _parts(value: Any) -> Iterator[Any]:
    if isinstance(value, Command | FunctionType):
        yield value
    elif isinstance(value, tuple | list):
        for each in value:
            yield from _parts(each)
    elif isinstance(value, dict):
        yield from _parts(tuple(value.values()))
    elif isinstance(value, type) and _is_ours(value.__module__):
        yield from (each.fget if isinstance(each, property) else each for each in vars(value).values())


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _is_ours(module: str) -> bool:
    return module.startswith(_PACKAGE)
