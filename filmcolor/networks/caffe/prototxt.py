"""A parser of protocol buffers' text format, in which Caffe describes networks.

Understands comments, nested messages with or without a colon, `{}` and `<>`, quoted strings with
escapes, numbers, enum names, `True`/`true`, repeated fields and `[a, b]` lists. It knows no
schema: a field is what its text says, and whoever asks for it says as what it wants it.

Format: https://protobuf.dev/reference/protobuf/textformat-spec/
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from filmcolor.errors import NetworkError

_TOKEN = re.compile(
    r"""(?P<space>[\s,;]+|\#[^\n]*)
      |(?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
      |(?P<word>[-+]?[A-Za-z0-9_.]+(?:(?<=[eE])[-+]\d+[fF]?)?)
      |(?P<mark>[{}<>:\[\]])""",
    re.VERBOSE,
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
_TRUTH = {"true": True, "t": True, "1": True, "false": False, "f": False, "0": False}
_CLOSING = {"{": "}", "<": ">"}
_MOST_DEPTH = 100
"""Messages within messages, as many as protocol buffers' own parsers take."""


@dataclass
class Message:
    """A parsed message: its fields in order of writing, and where it stands in the text."""

    line: int = 1
    fields: dict[str, list[str | Message]] = field(default_factory=dict)

    def texts(self, name: str) -> list[str]:
        """Return all values of a repeated scalar field as they are written."""
        values = self.fields.get(name, [])
        scalars = [value for value in values if isinstance(value, str)]
        if len(scalars) != len(values):
            raise _error(self.line, f"'{name}' holds a message where a value is expected")
        return scalars

    def text(self, name: str, default: str = "") -> str:
        """Return the last value of a scalar field (the last one wins), or the default."""
        values = self.texts(name)
        return values[-1] if values else default

    def integers(self, name: str) -> list[int]:
        """Return all values of a repeated integer field."""
        try:
            values = [int(value, 0) for value in self.texts(name)]
        except ValueError:
            raise _error(self.line, f"'{name}' is not a whole number") from None
        if any(not -(2**63) <= value < 2**63 for value in values):
            raise _error(self.line, f"'{name}' is no number of 64 bits")
        return values

    def integer(self, name: str, default: int) -> int:
        """Return an integer field, or the default."""
        values = self.integers(name)
        return values[-1] if values else default

    def numbers(self, name: str) -> list[float]:
        """Return all values of a repeated number field."""
        try:
            return [float(value.rstrip("fF")) for value in self.texts(name)]
        except ValueError:
            raise _error(self.line, f"'{name}' is not a number") from None

    def number(self, name: str, default: float) -> float:
        """Return a number field, or the default."""
        values = self.numbers(name)
        return values[-1] if values else default

    def flag(self, name: str, default: bool) -> bool:
        """Return a true-or-false field, or the default."""
        value = self.text(name)
        if not value:
            return default
        try:
            return _TRUTH[value.lower()]
        except KeyError:
            raise _error(self.line, f"'{name}' is neither true nor false") from None

    def messages(self, name: str) -> list[Message]:
        """Return all values of a repeated message field."""
        values = self.fields.get(name, [])
        messages = [value for value in values if isinstance(value, Message)]
        if len(messages) != len(values):
            raise _error(self.line, f"'{name}' holds a value where a message is expected")
        return messages

    def message(self, name: str) -> Message:
        """Return a message field; an empty message where it is absent."""
        messages = self.messages(name)
        return messages[-1] if messages else Message(self.line)


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    line: int


def _error(line: int, reason: str) -> NetworkError:
    return NetworkError(f"line {line} of the network description: {reason}")


def _tokens(text: str) -> Iterator[_Token]:
    position, line = 0, 1
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise _error(line, f"unexpected character {text[position]!r}")
        kind = match.lastgroup or ""
        if kind != "space":
            yield _Token(kind, match.group(), line)
        line += match.group().count("\n")
        position = match.end()
    yield _Token("end", "the end of the text", line)


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", lambda match: _ESCAPES.get(match[1], match[1]), text[1:-1])


class _Parser:
    def __init__(self, text: str) -> None:
        self._stream = _tokens(text)
        self._next = next(self._stream)
        self._depth = 0

    def _take(self) -> _Token:
        token = self._next
        if token.kind != "end":
            self._next = next(self._stream)
        return token

    def message(self, line: int, closing: str | None) -> Message:
        """Read fields up to the closing mark (None: up to the end of the text)."""
        message = Message(line)
        while True:
            token = self._take()
            if token.kind == "end" and closing is None:
                return message
            if token.kind == "end":
                raise _error(line, f"the '{{' opened here is never closed by '{closing}'")
            if token.kind == "mark" and token.text == closing:
                return message
            if token.kind != "word":
                raise _error(token.line, f"expected a field's name, found {token.text}")
            values = message.fields.setdefault(token.text, [])
            if self._next.text == ":" and self._next.kind == "mark":
                self._take()
                values.extend(self._values(token))
            else:
                values.append(self._nested(self._take()))

    def _nested(self, opening: _Token) -> Message:
        if opening.kind != "mark" or opening.text not in _CLOSING:
            raise _error(opening.line, f"expected ':' or '{{', found {opening.text}")
        if self._depth >= _MOST_DEPTH:
            raise _error(opening.line, f"messages are nested more than {_MOST_DEPTH} deep")
        self._depth += 1
        message = self.message(opening.line, _CLOSING[opening.text])
        self._depth -= 1
        return message

    def _values(self, name: _Token) -> list[str | Message]:
        if not (self._next.kind == "mark" and self._next.text == "["):
            return [self._value(name)]
        self._take()
        values: list[str | Message] = []
        while not (self._next.kind == "mark" and self._next.text == "]"):
            values.append(self._value(name))
        self._take()
        return values

    def _value(self, name: _Token) -> str | Message:
        token = self._take()
        if token.kind == "word":
            return token.text
        if token.kind == "mark":
            return self._nested(token)
        if token.kind != "string":
            raise _error(token.line, f"'{name.text}' has no value")
        text = _unquoted(token.text)
        while self._next.kind == "string":  # neighbouring strings are one, as in C
            text += _unquoted(self._take().text)
        return text


def parse_prototxt(text: str) -> Message:
    """Parse a whole network description.

    Raises:
        NetworkError: the text breaks the format; the message names the line.
    """
    return _Parser(text).message(1, None)
