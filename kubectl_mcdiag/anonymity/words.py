"""Replace every word of a text that is not a term of Kubernetes or Istio, in one pass."""

import base64
import binascii
import hmac
import re
from collections.abc import Callable
from datetime import datetime

from kubectl_mcdiag.anonymity import addresses, certificates, moments
from kubectl_mcdiag.anonymity.vocabulary import vocabulary

# In this order, at each place of a text. What has no group of its own stays as it is: an escape of JSON, a duration.
# Go and Envoy sign an exponent; without a sign it may be part of a pod's name.
_PARTS = re.compile(
    rf"(?P<pem>{certificates.PEM.pattern})"
    r"|(?P<blob>(?<![\w+/=-])[A-Za-z0-9+/]{60,}={0,2})"
    r"|\\+[bfnrt\"/]|\\+(?!u[0-9a-fA-F]{4})"
    rf"|(?P<moment>{moments.PATTERN})"
    # A context of EKS or GKE: provider, account, region and cluster in one.
    r"|(?P<account>\barn:[\w-]*:[^\s\"'\\,]{1,300}|\bgke_[\w-]{1,300})"
    r"|(?P<v6>(?<![\w:.])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?:/\d{1,3})?(?![\w:]))"
    r"|(?P<v4>(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?:/\d{1,2})?(?!\w))"
    r"|(?P<dashed>(?<!\d)\d{1,3}(?:-\d{1,3}){3}(?!\d))"
    # Envoy's counters are read against each other, and when a token expires against the other times.
    r"|(?P<counter>(?<=\"value\":)\s?\d{1,20}(?![^\s,\]}]))"
    r"|(?P<expiry>(?<=\"expires\":)\s?\d{1,12}(?![^\s,\]}]))"
    r"|(?P<number>(?<![^\s:\[,])-?\d{1,20}(?:\.\d{1,20})?(?:[eE][+-]\d{1,3})?(?![^\s,\]}]))"
    r"|(?P<region>(?<=north-|.east-|.west-|south-|ntral-)\d(?![^\W_]))"
    r"|(?P<word>(?:[^\W_]|\\u[0-9a-fA-F]{4})+)"
)
_PLAIN = re.compile(r"\d{1,5}|v\d{1,3}|\w|(?:\d{1,6}(?:ns|us|ms|s|m|h))+")
_LONGEST_COUNT = 6
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
        self._clock = moments.Clock(key)
        self._digits = sorted("0123456789", key=lambda digit: hmac.digest(key, f"digit {digit}".encode(), "sha256"))

    def __call__(self, text: str) -> str:
        """Return the text with every name, address and certificate replaced."""
        return _PARTS.sub(self._part, text)

    def moment(self, moment: datetime) -> datetime:
        """Return a moment as this recording tells it."""
        return self._clock.moved(moment)

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
            "moment": self._clock.text,
            "account": self._word,
            "expiry": self._expiry,
            "number": self._number,
            "region": self._digit,
        }
        return replaced[kind](text) if kind in replaced else text

    def _expiry(self, text: str) -> str:
        return text.replace(text.strip(), self._clock.seconds(text)) if int(text) else text

    def _number(self, text: str) -> str:
        """Return another number of as many digits for one that may be an account's; small ones are ports and counts."""
        if len(re.sub(r"\D.*", "", text.lstrip("-"))) < _LONGEST_COUNT:
            return text
        length = len(text.lstrip("-").split(".", 1)[0].split("e", 1)[0].split("E", 1)[0])
        drawn = int.from_bytes(hmac.digest(self._key, f"number {text}".encode(), "sha256"), "big")
        return str(10 ** (length - 1) + drawn % (9 * 10 ** (length - 1)))

    def _digit(self, text: str) -> str:
        return self._digits[int(text)]

    def _certificate(self, match: re.Match[str]) -> str:
        text = match[0]
        if text not in self._certificates:
            found = certificates.PEM.match(text)
            self._certificates[text] = (
                certificates.disguised(found, self, self._clock.moved, self._key) if found else ""
            )
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
