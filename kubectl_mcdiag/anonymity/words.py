"""Text in, text out: the one pass over a text that replaces every word that is not of the trade."""

import base64
import binascii
import re
from collections.abc import Callable

from kubectl_mcdiag.anonymity import addresses, certificates
from kubectl_mcdiag.anonymity.vocabulary import vocabulary

# In this order, at each place of a text. What has no group of its own stays as it is: an escape of JSON, a moment,
# a number that stands alone, a duration. Go and Envoy sign an exponent; without a sign it may be part of a pod's name.
_PARTS = re.compile(
    rf"(?P<pem>{certificates.PEM.pattern})"
    r"|(?P<blob>(?<![\w+/=-])[A-Za-z0-9+/]{60,}={0,2})"
    r"|\\+[bfnrt\"/]|\\+(?!u[0-9a-fA-F]{4})"
    r"|(?<!\w)\d{4}[-/]\d\d[-/]\d\d(?:[T ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?)?(?!\w)"
    r"|(?P<v6>(?<![\w:.])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?:/\d{1,3})?(?![\w:]))"
    r"|(?P<v4>(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?:/\d{1,2})?(?!\w))"
    r"|(?P<dashed>(?<!\d)\d{1,3}(?:-\d{1,3}){3}(?!\d))"
    r"|(?<![^\s:\[,])-?\d{1,20}(?:\.\d{1,20})?(?:[eE][+-]\d{1,3})?(?![^\s,\]}])"
    r"|(?P<word>(?:[^\W_]|\\u[0-9a-fA-F]{4})+)"
)
_PLAIN = re.compile(r"\d{1,5}|v\d{1,3}|\w|(?:\d{1,6}(?:ns|us|ms|s|m|h))+")
_WORD = re.compile(r"[^\W_]+")
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")


class Disguise:
    """The stand-ins of one recording; `key` is secret and used once."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._words: dict[str, str] = {}
        self._known = vocabulary()
        self._certificates: dict[str, str] = {}
        self._addresses: dict[str, str] = {}

    def __call__(self, text: str) -> str:
        """Return the text with every name, address and certificate replaced."""
        return _PARTS.sub(self._part, text)

    def _part(self, match: re.Match[str]) -> str:
        kind, text = match.lastgroup, match[0]
        if match["pem"]:
            return self._certificate(match)
        if kind == "dashed":
            return self._address(text.replace("-", ".")).replace(".", "-")
        replaced: dict[str, Callable[[str], str]] = {
            "blob": self._blob,
            "v4": self._address,
            "v6": self._address,
            "word": self._word,
        }
        return replaced[kind](text) if kind in replaced else text

    def _certificate(self, match: re.Match[str]) -> str:
        text = match[0]
        if text not in self._certificates:
            found = certificates.PEM.match(text)
            self._certificates[text] = certificates.disguised(found, self, self._key) if found else ""
        return self._certificates[text]

    def _blob(self, text: str) -> str:
        try:
            inner = base64.b64decode(text, validate=True).decode()
        except (binascii.Error, ValueError):
            return self._word(text)
        return base64.b64encode(self(inner).encode()).decode()

    def _address(self, text: str) -> str:
        if text not in self._addresses:
            found = addresses.disguised(text, self._key)
            self._addresses[text] = _WORD.sub(lambda match: self._word(match[0]), text) if found is None else found
        return self._addresses[text]

    def _word(self, text: str) -> str:
        word = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
        if word in self._known or _PLAIN.fullmatch(word):
            return text
        return self._words.setdefault(word, f"n{len(self._words) + 1}")
