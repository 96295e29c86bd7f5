"""Redaction with the labels that the Python system put in a secret's place; what its table does not know is masked by the
core's rules."""

from __future__ import annotations

import re
from re import Pattern
from typing import Callable, Union

from .. import _core

_MASK = "***REDACTED***"
_LABEL = re.compile(r"(\*\*\*(?:[A-Z_]*REDACTED\*\*\*|@))")
_Put = Union[str, Callable[["re.Match[str]"], str]]


def _assigned(names: str, value: str) -> tuple[Pattern[str], _Put]:
    """``NAME=VALUE`` and ``NAME: VALUE``."""
    return re.compile(rf"\b({names})[\"']?\s*[=:]\s*[\"']?{value}[\"']?", re.IGNORECASE), rf"\1={_MASK}"


def _card(match: re.Match[str]) -> str:
    """A number whose check digit is right; others are numbers of something else."""
    digits = [int(digit) for digit in match.group() if digit.isdigit()][::-1]
    doubled = (digit * 2 - 9 * (digit > 4) for digit in digits[1::2])
    return "***CARD_REDACTED***" if (sum(digits[::2]) + sum(doubled)) % 10 == 0 else match.group()


_TABLE: list[tuple[Pattern[str], _Put]] = [
    (re.compile(r"\bsk-[A-Za-z0-9]{16,}"), "***API_KEY_REDACTED***"),
    _assigned(r"api[_-]?(?:key|secret|token)", r"[A-Za-z0-9_-]{16,}"),
    _assigned(r"secret[_-]?(?:key|token)", r"[A-Za-z0-9_-]{16,}"),
    (re.compile(r"\b(bearer)\s+[A-Za-z0-9._~+/=-]+", re.IGNORECASE), rf"\1 {_MASK}"),
    (re.compile(r"\b(authorization)\s*[:\s]\s*(?!basic\b|bearer\b)\S+", re.IGNORECASE), rf"\1: {_MASK}"),
    (re.compile(r"\b(authorization)\s*:\s*basic\s+\S+", re.IGNORECASE), rf"\1: {_MASK}"),
    _assigned(r"aws[_-]?access[_-]?key[_-]?id", r"[A-Za-z0-9]{16,}"),
    _assigned(r"aws[_-]?secret[_-]?(?:access[_-]?key)?", r"[A-Za-z0-9/+=]{20,}"),
    (re.compile(r"(://[^\s:/@]+:)[^\s@/]+(@)"), rf"\1{_MASK}\2"),
    _assigned(r"password|passwd|pwd", r"(?!\*\*\*)[^\s\"']{4,}"),
    (
        re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----.*?-----END (?:[A-Z]+ )*PRIVATE KEY-----", re.DOTALL),
        "***PRIVATE_KEY_REDACTED***",
    ),
    (re.compile(r"(?<![\w.+-])[\w.+-]+@([\w-]+(?:\.[\w-]+)+)"), r"***@\1"),
    (re.compile(r"\b\d{4}(?:[ -]?\d{4}){2}[ -]?\d{1,7}\b"), _card),
    (re.compile(r"\b\d{3}([- ])\d{2}\1\d{4}\b"), "***SSN_REDACTED***"),
    _assigned(r"token|key|secret|credential", r"[0-9a-f]{32,}"),
]


def redact(text: str) -> str:
    """The text without its secrets."""
    for pattern, put in _TABLE:
        text = pattern.sub(put, text)
    return "".join(part if _LABEL.fullmatch(part) else _core.redact(part) for part in _LABEL.split(text))
