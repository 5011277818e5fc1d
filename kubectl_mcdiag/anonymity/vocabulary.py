"""The words that stay: those that the code which reads answers compares with, and some that help a reader.

They are data (`words.txt`), for an archive holds no sources to take them from; a test holds them against the code.
"""

from functools import cache
from importlib.resources import files

FILE = "words.txt"


@cache
def vocabulary() -> frozenset[str]:
    """Return the words that tell nothing of anybody's mesh."""
    return frozenset(files("kubectl_mcdiag.anonymity").joinpath(FILE).read_text("utf-8").split())
