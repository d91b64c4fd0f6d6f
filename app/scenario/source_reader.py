"""Reads YAML or JSON into plain data with the position of each value, under limits: a hostile file is an error.

Built from parser events without recursion: no aliases, no tags, no second document, no duplicate keys, no numbers
that Python would turn into something else. `yes`, `no`, dates and `09:00` stay the text that was written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from app.scenario.problems import Path, Problem, ScenarioInvalid, path_text

MAX_CHARACTERS = 256 * 1024
MAX_DEPTH = 20
MAX_EVENTS = 40_000
_BASE: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INT = re.compile(r"-?(0|[1-9]\d*)")
_FLOAT = re.compile(r"-?(0|[1-9]\d*)\.\d+")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_NESTING = re.compile(r"[\[\]{}]")


@dataclass(frozen=True)
class Mark:
    """A place in the file, counted from 1; `offset` is how many columns the text starts after it (a quote)."""

    line: int
    column: int
    offset: int = 0
    plain: bool = True
    """False for block text, whose inner columns cannot be mapped."""


@dataclass
class Source:
    """The data of a file and where each part of it stands."""

    file: str
    data: Any  # plain JSON-like data: dict, list, str, int, float, bool, None
    values: dict[Path, Mark] = field(default_factory=dict)
    keys: dict[Path, Mark] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def mark(self, path: Path, *, key: bool = False) -> Mark:
        """Where the value (or its key) stands, or else its nearest parent."""
        for length in range(len(path), -1, -1):
            here = path[:length]
            first, second = (self.keys, self.values) if key or length < len(path) else (self.values, self.keys)
            found = first.get(here) or second.get(here)
            if found:
                return found
        return Mark(1, 1)

    def problem(
        self,
        code: str,
        path: Path,
        params: Mapping[str, object] | None = None,
        *,
        key: bool = False,
        suggestion: str | None = None,
        shift: int = 0,
    ) -> Problem:
        """A problem at `path`; `shift` columns into its text where that can be told."""
        mark = self.mark(path, key=key)
        column = mark.column + (mark.offset + shift if shift and mark.plain else 0)
        texts = {name: str(value)[:200] for name, value in (params or {}).items()}
        return Problem(code, self.file, mark.line, column, path_text(path), texts, suggestion)


_SYNTAX = {
    "mapping values are not allowed": "syntax_colon",
    "that cannot start any token": "syntax_character",
    "unexpected end of stream": "syntax_unclosed",
    "expected ',' or": "syntax_unclosed",
    "while parsing a flow": "syntax_unclosed",
    "expected <block end>": "syntax_indent",
    "could not find expected ':'": "syntax_no_colon",
    "did not find expected key": "syntax_indent",
    "did not find expected '-' indicator": "syntax_indent",
    "expected node content": "syntax_character",
    "expected the node content": "syntax_character",
}
"""What YAML's reader says -> our words for it; anything else is `syntax` with its own words."""


def read(text: str, file: str) -> Source:
    """Raises ScenarioInvalid when the text cannot be read at all; duplicate keys are collected in `problems`."""
    if len(text) > MAX_CHARACTERS:
        raise ScenarioInvalid([Problem("too_large", file, 1, 1, params={"limit": str(MAX_CHARACTERS // 1024)})])
    text = text.removeprefix("\ufeff")
    strange = _CONTROL.search(text)
    if strange:
        line = text.count("\n", 0, strange.start()) + 1
        column = strange.start() - text.rfind("\n", 0, strange.start())
        code = f"U+{ord(strange.group()):04X}"
        raise ScenarioInvalid([Problem("control_character", file, line, column, params={"character": code})])
    if text.lstrip().startswith("{"):
        text = text.replace("\t", " ")  # JSON may be indented with tabs, YAML may not
    try:
        return _Builder(file).build(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        said = " ".join(str(part) for part in (error.context, error.problem) if part)
        code = next((code for part, code in _SYNTAX.items() if part in said), "syntax")
        if code == "syntax_character" and "".join(text.split("\n")[line - 1 : line])[column - 1 : column] == "\t":
            code = "syntax_tab"  # (YAML counts more line ends than \n: the line may be another)
        raise ScenarioInvalid([Problem(code, file, line, column, params={"said": said})]) from error
    except yaml.YAMLError as error:
        raise ScenarioInvalid([Problem("syntax", file, 1, 1, params={"said": str(error)[:200]})]) from error


@dataclass
class _Open:
    """A list or mapping that is still being read."""

    data: Any  # dict or list
    path: Path
    key: str | None = None
    dropped: int = 0


class _Builder:
    def __init__(self, file: str) -> None:
        self.source = Source(file, None)
        self.stack: list[_Open] = []
        self.documents = 0

    def build(self, text: str) -> Source:
        for count, event in enumerate(self._events(text)):
            if count > MAX_EVENTS:
                self._fail("too_many_values", event, limit=MAX_EVENTS)
            self._take(event)
        return self.source

    def _events(self, text: str) -> Iterator[Any]:
        # The parsers nest on `[` and `{`; the text is looked over first so that neither meets a million of them.
        depth = deepest = 0
        for bracket in _NESTING.finditer(text):
            depth += 1 if bracket.group() in "[{" else -1
            deepest = max(deepest, depth)
        if deepest > 500:
            raise ScenarioInvalid([Problem("too_deep", self.source.file, 1, 1, params={"limit": str(MAX_DEPTH)})])
        yield from yaml.parse(text, Loader=_BASE)

    def _fail(self, code: str, event: Any, **params: object) -> None:
        mark = event.start_mark
        texts = {name: str(value) for name, value in params.items()}
        path = path_text(self._path()) if self.stack else ""
        problem = Problem(code, self.source.file, mark.line + 1, mark.column + 1, path, texts)
        raise ScenarioInvalid([*self.source.problems, problem])

    def _path(self) -> Path:
        top = self.stack[-1]
        if isinstance(top.data, list):
            return (*top.path, len(top.data))
        return (*top.path, top.key) if top.key is not None else top.path

    def _take(self, event: Any) -> None:
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            self._fail("alias", event)
        if isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                self._fail("second_document", event)
        elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            self._open(event)
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            self.stack.pop()
        elif isinstance(event, yaml.ScalarEvent):
            self._scalar(event)

    def _open(self, event: Any) -> None:
        if event.tag:
            self._fail("tag", event, tag=event.tag)
        if len(self.stack) >= MAX_DEPTH:
            self._fail("too_deep", event, limit=MAX_DEPTH)
        top = self.stack[-1] if self.stack else None
        if top is not None and isinstance(top.data, dict) and top.key is None:
            self._fail("key_not_text", event)
        data: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
        path = self._path() if self.stack else ()
        self._add(data, Mark(event.start_mark.line + 1, event.start_mark.column + 1))
        self.stack.append(_Open(data, path))

    def _scalar(self, event: Any) -> None:
        if event.tag:
            self._fail("tag", event, tag=event.tag)
        mark = Mark(
            event.start_mark.line + 1,
            event.start_mark.column + 1,
            offset=1 if event.style in ("'", '"') else 0,
            plain=event.style in (None, "", "'", '"') and event.start_mark.line == event.end_mark.line,
        )
        top = self.stack[-1] if self.stack else None
        if top is not None and isinstance(top.data, dict) and top.key is None:
            self._key(top, event.value, mark)
        else:
            self._add(self._value(event), mark)

    def _key(self, top: _Open, name: str, mark: Mark) -> None:
        path = (*top.path, name)
        if name in top.data:
            problem = Problem(
                "duplicate_key", self.source.file, mark.line, mark.column, path_text(path), {"name": name[:80]}
            )
            self.source.problems.append(problem)
            top.dropped += 1
            name = f"{name}\x00{top.dropped}"  # read on, kept apart, thrown away below
        else:
            self.source.keys[path] = mark
        top.key = name

    def _value(self, event: Any) -> Any:
        text = str(event.value)
        if not event.implicit[0]:
            return text
        if text in ("", "null", "~"):
            return None
        if text in ("true", "false"):
            return text == "true"
        if _INT.fullmatch(text) or _FLOAT.fullmatch(text):
            if len(text) > 15:
                self._fail("number_too_large", event, number=text[:20])
            return float(text) if "." in text else int(text)
        return text

    def _add(self, data: Any, mark: Mark) -> None:
        if not self.stack:
            self.source.data = data
            self.source.values[()] = mark
            return
        top = self.stack[-1]
        self.source.values[self._path()] = mark
        if isinstance(top.data, list):
            top.data.append(data)
        elif top.key is not None:
            if "\x00" not in top.key:
                top.data[top.key] = data
            top.key = None
