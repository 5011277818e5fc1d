"""The last net: what looks like a secret is masked in every text that is stored or printed, wherever it came from.

What is kept was chosen before (`redaction.py`, `phrases.py`); this is for what nobody thought of. It leaves alone what
diagnosis needs: certificates, fingerprints and other hexadecimal digests, names of pods, SNIs, versions.
"""

import base64
import binascii
import math
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from kubectl_mcdiag.errors import ParseError

LEAST_ENTROPY = 4.0
"""Bits for each sign of a word that is taken for a secret: Base64 of 24 random bytes has about 4.5, words about 3."""
_PEM = re.compile(
    r"-----BEGIN (?P<kind>CERTIFICATE|X509 CRL)-----[A-Za-z0-9+/=\s\\nr]{0,200000}-----END (?P=kind)-----", re.ASCII
)
# Hexadecimal, and the versions of istiod: a time and a UUID.
_DIGEST = re.compile(r"(?:\d\dZ/)?[0-9A-Fa-f-]+", re.ASCII)
_VALUE = r"[^\s\"'`,;&{}\[\]<>()…]{3,}"
# In small letters: the text is searched so, which is twenty times as fast as to ignore the case.
_KEY_OF_ONE = (
    r"(?:pass(?:word|wd|phrase|_phrase)|access[_-]?key|accountkey|api[_-]?key|private[_-]?key|secret[_-]?key"
    r"|client(?:[_-]?secret|-key-data)|authorization|token)"
)
_SAFE = re.compile(r"(?:null|true|false|none|yes|no|\[.*|\d{1,12})(?:[.,;:]?)", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class Rule:
    """What is masked under one name; where `hints` are given, a text must hold one of them, in small letters."""

    name: str
    pattern: re.Pattern[str]
    hints: tuple[str, ...] = ()
    is_secret: Callable[[re.Match[str]], bool] = lambda _: True
    in_small_letters: bool = False


def _value_is_secret(match: re.Match[str]) -> bool:
    value = match["value"]
    # "token: not a JSON Web Token" is a sentence.
    is_word = match[0].startswith("token") and (len(value) < 8 or not any(map(str.isdigit, value)))
    return not (is_word or _SAFE.fullmatch(value))


def _has_entropy(match: re.Match[str]) -> bool:
    word = match[0]
    if word.islower() or _DIGEST.fullmatch(word):
        return False
    kinds = (any(map(str.islower, word)), any(map(str.isupper, word)), any(map(str.isdigit, word)))
    return all(kinds) and (_hides_a_secret(word) if _is_packed(word) else _entropy(word) >= LEAST_ENTROPY)


def _entropy(word: str) -> float:
    counts = Counter(word).values()
    return -sum(count / len(word) * math.log2(count / len(word)) for count in counts)


def _unpacked(word: str) -> str:
    """Return the text behind base64, from whichever of its first three signs it begins; empty where there is none."""
    try:
        return base64.b64decode(word.replace("-", "+").replace("_", "/") + "=" * (-len(word) % 4)).decode()
    except (binascii.Error, ValueError):
        return ""


def _is_packed(word: str) -> bool:
    return _unpacked(word).replace("\n", "").isprintable() and bool(_unpacked(word))


def _hides_a_secret(word: str) -> bool:
    inner = _unpacked(word)
    return not inner.startswith("-----BEGIN CERTIFICATE") and Net().masked(inner) != inner


_CLOUDS = (
    *("akia", "asia", "k8s-aws-v1.", "ya29.", "hvs.", "hvb.", "hvr.", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "pat_"),
    *("glpat-", "xox", "sk-", "aiza", "dop_v1_", "doo_v1_"),
)
_KEYS = ("passw", "passp", "pass_p", "key", "client", "authorization", "token")

RULES = (
    Rule("private key", re.compile(r"-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY-----[\w\s+/=:,.\\-]*"), ("private key",)),
    Rule("token", re.compile(r"\beyJ[\w-]{8,}(?:\.[\w-]*){1,2}"), ("eyj",)),
    Rule("token", re.compile(r"\bZXlK[A-Za-z0-9+/_-]{20,}={0,2}"), ("zxlk",)),
    Rule("cookie", re.compile(r"\b(?:Set-)?Cookie2?: ?[^\n\"]+", re.IGNORECASE), ("cookie",)),
    Rule(
        "credentials",
        re.compile(r"\b(?:Bearer|Basic|Negotiate) (?P<value>[\w.~+/=-]{8,})", re.IGNORECASE),
        ("bearer", "basic", "negotiate"),
    ),
    Rule("credentials", re.compile(r"(?<=://)[^\s\"'@]{1,256}@"), ("@",)),
    Rule(
        "cloud token",
        re.compile(
            r"\b(?:(?:AKIA|ASIA)[A-Z0-9]{12,}|k8s-aws-v1\.[\w-]+|ya29\.[\w-]+|hv[sbr]\.[\w-]{8,}"
            r"|gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{10,}|xox[abeprs]-[\w-]{8,}|sk-[\w-]{20,}"
            r"|AIza[\w-]{30,}|dop_v1_\w{20,}|pat_\w{20,}|doo_v1_\w{20,})"
        ),
        _CLOUDS,
    ),
    Rule(
        "value of a secret key",
        re.compile(rf"{_KEY_OF_ONE}\\?[\"']?\s{{0,3}}[:=]\s{{0,3}}\\?[\"']?(?P<value>{_VALUE})"),
        _KEYS,
        _value_is_secret,
        in_small_letters=True,
    ),
    Rule("random word", re.compile(r"(?<![\w+/=.-])[A-Za-z0-9+/_=-]{24,}(?![\w+/=])", re.ASCII), (), _has_entropy),
)


@dataclass(slots=True)
class Net:
    """The rules, the operator's own (`own`) first; `found` counts what was masked by each, never the value."""

    own: tuple[Rule, ...] = ()
    found: Counter[str] = field(default_factory=Counter)

    def masked(self, text: str) -> str:
        """Return the text with what looks like a secret replaced by the name of the rule."""
        pieces, place = list[str](), 0
        for pem in _PEM.finditer(text):
            pieces += [self._caught(text[place : pem.start()]), pem[0]]
            place = pem.end()
        return "".join((*pieces, self._caught(text[place:])))

    def _caught(self, text: str) -> str:
        small = text.lower()
        for rule in (*self.own, *RULES):
            if not rule.hints or any(hint in small for hint in rule.hints):
                text = self._applied(rule, text)
        return text

    def _applied(self, rule: Rule, text: str) -> str:
        searched = text.lower() if rule.in_small_letters else text
        # Some letters have no small one of the same length.
        searched = searched if len(searched) == len(text) else text
        pieces, place = list[str](), 0
        for match in rule.pattern.finditer(searched):
            if rule.is_secret(match):
                begin, end = match.span("value" if "value" in rule.pattern.groupindex else 0)
                pieces += [text[place:begin], f"[{rule.name}]"]
                place = end
                self.found[rule.name] += 1
        return "".join((*pieces, text[place:])) if pieces else text


def rules(text: str) -> tuple[Rule, ...]:
    """Return the operator's own patterns: a regular expression a line, `#` begins a comment.

    Raises `ParseError` with the number of a line that is none.
    """
    lines = ((number, line.strip()) for number, line in enumerate(text.splitlines(), 1))
    return tuple(_own(number, line) for number, line in lines if line and not line.startswith("#"))


def _own(number: int, line: str) -> Rule:
    try:
        pattern = re.compile(line)
    except (re.error, RecursionError, OverflowError):
        raise ParseError(f"line {number} is not a regular expression") from None
    if pattern.fullmatch(""):
        raise ParseError(f"line {number} matches everything, for it matches nothing at all")
    return Rule(f"own pattern, line {number}", pattern)


_PLAIN = Net()


def masked(text: str) -> str:
    """Return the text with what looks like a secret masked, by the rules that are there anyway."""
    return _PLAIN.masked(text)
