"""A change made to the functions of a running program: their code is exchanged, wherever they are known by now."""

import gc
from collections.abc import Callable, Iterator
from types import CodeType, FunctionType

Functions = dict[CodeType, list[FunctionType]]


def functions(is_ours: Callable[[str], bool]) -> Functions:
    """Return the functions that exist, by their code, of the files that are ours."""
    found: Functions = {}
    for one in gc.get_objects():
        if isinstance(one, FunctionType) and is_ours(one.__code__.co_filename):
            found.setdefault(one.__code__, []).append(one)
    return found


def swap(path: str, known: Functions, source: str, other: str) -> bool:
    """Give the functions of a file the code of its changed source; tell whether all could take it."""
    pairs = dict(_pairs(compile(source, path, "exec"), compile(other, path, "exec")))
    try:
        for code, new in pairs.items():
            for function in known.get(code, ()):
                function.__code__ = new
    except ValueError:  # It closes over fewer names than before.
        return False
    return True


def _pairs(old: CodeType, new: CodeType) -> Iterator[tuple[CodeType, CodeType]]:
    """Yield each code with what takes its place; a part that lost or won an inner function, as a whole."""
    yield old, new
    inner, others = _inner(old), _inner(new)
    if [one.co_name for one in inner] == [one.co_name for one in others]:
        for one, another in zip(inner, others, strict=True):
            yield from _pairs(one, another)


def _inner(code: CodeType) -> list[CodeType]:
    return [one for one in code.co_consts if isinstance(one, CodeType)]
