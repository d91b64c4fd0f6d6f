"""Conditions in CEL: rewritten to plain typed names, type-checked once, evaluated in microseconds.

CEL knows no optional values: `fields.city` becomes the variable `fields_city`, absent while nothing was said, and
`has(fields.city)` the boolean `has_fields_city_`. An absent value makes the comparison an error, and an error is
"does not hold". Whole numbers beside a number field become decimals, since CEL does not mix the two.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from cel_expr_python import cel

from app.scenario.values import FieldType

_Type = cel.Type
_NAMES: Mapping[str, cel.Type] = {
    "intent": _Type.STRING,
    "answer": _Type.STRING,
    "collected": _Type.BOOL,
    "refused": _Type.List(_Type.STRING),
    "stage": _Type.STRING,
    "turn": _Type.INT,
    "turns_in_stage": _Type.INT,
    "attempts": _Type.INT,
    "language": _Type.STRING,
    "silence": _Type.INT,
    "caller_phone": _Type.STRING,
    "caller_channel": _Type.STRING,
    "answered_questions": _Type.INT,
    "visited_stages": _Type.List(_Type.STRING),
    "since_start": _Type.INT,
}
PUBLIC_NAMES = (
    "intent", "answer", "fields", "collected", "refused", "stage", "turn", "turns_in_stage", "attempts", "language",
    "silence", "caller", "answered_questions", "visited", "since_start", "has",
)  # fmt: skip
_HIDDEN = frozenset({"caller_phone", "caller_channel", "visited_stages", "fields"})
_KINDS = ("string", "visited", "has", "field", "caller", "number", "word")

_TOKEN = re.compile(
    r"""(?P<string>"(?:[^"\\\n]|\\.)*+"?|'(?:[^'\\\n]|\\.)*+'?)
      | (?P<visited>\bvisited\s*\(\s*(?P<stage>"[^"\\\n]*"|'[^'\\\n]*')\s*\))
      | (?P<has>\bhas\s*\(\s*fields\s*\.\s*(?P<has_name>\w+)\s*\))
      | (?P<field>\bfields\s*\.\s*(?P<field_name>\w+))
      | (?P<caller>\bcaller\s*\.\s*(?P<caller_name>\w+))
      | (?P<number>\b\d+(?:\.\d+)?\b)
      | (?P<word>[^\W\d]\w*)""",
    re.VERBOSE,
)
_COMPARED = frozenset({"==", "!=", "<=", ">=", "<", ">"})
_NAMED = frozenset({"intent", "stage", "language", "answer"})
"""Names whose values are known: a text they are compared with must be one of them."""
_CALLED = re.compile(r"\s*\(")
_MACROS = frozenset({"all", "exists", "exists_one", "map", "filter"})
_ERROR = re.compile(r"ERROR: <input>:(\d+):(\d+): ([^\n]*)")
_UNDECLARED = re.compile(r"undeclared reference to '([^']*)'")


@dataclass(frozen=True)
class ConditionError:
    """What is wrong, and how many characters into the expression it stands."""

    code: str
    offset: int
    name: str = ""
    known: tuple[str, ...] = ()
    said: str = ""


class ConditionInvalid(ValueError):
    """The expression cannot be used; `errors` are all findings."""

    def __init__(self, errors: list[ConditionError]) -> None:
        super().__init__(errors[0].code)
        self.errors = errors


@dataclass(frozen=True, slots=True)
class _Token:
    """A name, a text or a number of an expression; `gap` is what stands between it and the one before, unspaced."""

    kind: str
    text: str
    gap: str
    start: int
    end: int
    match: re.Match[str]

    @property
    def literal(self) -> str | None:
        """What a plain text says; None for anything else."""
        closed = self.kind == "string" and len(self.text) > 1 and self.text[-1] == self.text[0]
        return self.text[1:-1] if closed and "\\" not in self.text else None


@dataclass
class _Rewritten:
    """An expression on its way to CEL: its pieces, where each character came from, what it reads, what is wrong."""

    pieces: list[str] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    errors: list[ConditionError] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    fields: set[str] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)

    def put(self, text: str, at: int, *, exact: bool = False) -> None:
        self.pieces.append(text)
        self.starts.extend(range(at, at + len(text)) if exact else [at] * len(text))


@dataclass(frozen=True, eq=False)
class Condition:
    """A checked expression."""

    source: str
    expression: cel.Expression
    names: frozenset[str]
    """The public names it reads, so that the engine knows which words of a turn it used up."""
    fields: frozenset[str]
    """The fields it reads."""
    texts: frozenset[str]
    """The texts it compares with: intents, stages, values."""

    def holds(self, activation: cel.Activation) -> bool:
        """Whether it holds; a value that is not known yet means no."""
        return self.expression.eval(activation).value() is True


class Conditions:
    """Compiles the expressions of one scenario."""

    def __init__(
        self,
        fields: Mapping[str, FieldType],
        stages: Collection[str],
        intents: Collection[str],
        languages: Collection[str],
    ) -> None:
        self._fields = fields
        self._known: dict[str, Collection[str]] = {
            "intent": [*intents, ""],
            "stage": stages,
            "language": languages,
            "answer": ("yes", "no", ""),
            "refused": list(fields),
        }
        self._stages = stages
        variables = dict(_NAMES)
        for name, kind in fields.items():
            variables[f"fields_{name}"] = _Type.DOUBLE if kind is FieldType.NUMBER else _Type.STRING
            variables[f"has_fields_{name}_"] = _Type.BOOL
        self._env = cel.NewEnv(variables=variables)

    def compile(self, source: str) -> Condition:
        """Raises ConditionInvalid with every unknown name and every type that does not fit."""
        tokens = _tokens(source)
        rewritten = self._rewrite(source, tokens)
        text = "".join(rewritten.pieces)
        errors = rewritten.errors + self._check_names(tokens)
        if not errors:
            try:
                expression = self._env.compile(text)
            except RuntimeError as error:
                errors += self._compiler_errors(str(error), text, rewritten.starts)
            else:
                if expression.return_type() == _Type.BOOL:
                    return Condition(
                        source,
                        expression,
                        frozenset(rewritten.names),
                        frozenset(rewritten.fields),
                        frozenset(rewritten.texts),
                    )
                errors.append(ConditionError("condition_not_boolean", 0, said=expression.return_type().name().lower()))
        raise ConditionInvalid(errors)

    def activation(self, values: Mapping[str, object]) -> cel.Activation:
        """The values of one moment; keys are those of the rewritten names."""
        return self._env.Activation(dict(values))

    def _rewrite(self, source: str, tokens: Sequence[_Token]) -> _Rewritten:
        """The expression that CEL gets, with where each of its characters came from."""
        result = _Rewritten()
        end = 0
        for n, token in enumerate(tokens):
            result.put(source[end : token.start], end, exact=True)
            end = token.end
            if token.kind == "number":
                text = f"{token.text}.0" if self._beside_number(tokens, n) and "." not in token.text else token.text
            else:
                text = getattr(self, f"_{token.kind}")(token.match, result)
            result.put(text, token.start, exact=token.kind in ("string", "word"))
        result.put(source[end:], end, exact=True)
        return result

    @staticmethod
    def _string(token: re.Match[str], result: _Rewritten) -> str:
        result.texts.add(token.group()[1:-1])
        return token.group()

    def _visited(self, token: re.Match[str], result: _Rewritten) -> str:
        result.names.add("visited")
        stage = token.group("stage")[1:-1]
        if stage not in self._stages:
            result.errors.append(ConditionError("unknown_stage", token.start("stage"), stage, tuple(self._stages)))
        return f'("{stage}" in visited_stages)'

    def _has(self, token: re.Match[str], result: _Rewritten) -> str:
        return f"has_fields_{self._field_name(token, 'has_name', result)}_"

    def _field(self, token: re.Match[str], result: _Rewritten) -> str:
        return f"fields_{self._field_name(token, 'field_name', result)}"

    def _field_name(self, token: re.Match[str], group: str, result: _Rewritten) -> str:
        result.names.add("fields")
        name = token.group(group)
        result.fields.add(name)
        if name not in self._fields:
            result.errors.append(ConditionError("unknown_field", token.start(), name, tuple(self._fields)))
        return name

    def _caller(self, token: re.Match[str], result: _Rewritten) -> str:
        result.names.add("caller")
        name = token.group("caller_name")
        if name not in ("phone", "channel"):
            known = ("caller.phone", "caller.channel")
            result.errors.append(ConditionError("condition_name", token.start(), f"caller.{name}", known))
        return f"caller_{name}"

    def _word(self, token: re.Match[str], result: _Rewritten) -> str:
        text = token.group()
        if text in _MACROS and _CALLED.match(token.string, token.end()):
            result.errors.append(ConditionError("condition_loop", token.start(), text))
        elif text == "visited":
            result.errors.append(ConditionError("condition_visited", token.start(), text))
        elif text in _HIDDEN or text.startswith(("fields_", "has_fields_")):
            result.errors.append(ConditionError("condition_name", token.start(), text, PUBLIC_NAMES))
        elif text in _NAMES:
            result.names.add(text)
        return text

    def _beside_number(self, tokens: Sequence[_Token], n: int) -> bool:
        """Whether the number at tokens[n] is compared with a number field."""
        token = tokens[n]
        if n > 0 and self._is_number(tokens[n - 1]) and token.gap.removesuffix("-") in _COMPARED:
            return True
        return n + 1 < len(tokens) and self._is_number(tokens[n + 1]) and tokens[n + 1].gap in _COMPARED

    def _is_number(self, token: _Token) -> bool:
        return token.kind == "field" and self._fields.get(token.match["field_name"]) is FieldType.NUMBER

    def _check_names(self, tokens: Sequence[_Token]) -> list[ConditionError]:
        """Names written as text: `intent == "bok"` is as wrong as an unknown variable."""
        codes = {"intent": "unknown_intent", "stage": "unknown_stage", "refused": "unknown_field"}
        return [
            ConditionError(codes.get(name, "condition_value"), at, value, tuple(self._known[name]))
            for name, value, at in _compared_names(tokens)
            if value not in self._known[name]
        ]

    def _compiler_errors(self, said: str, text: str, starts: list[int]) -> list[ConditionError]:
        """CEL's own findings, put back to where they stand in what was written."""
        lines = [0]
        for n, character in enumerate(text):
            if character == "\n":
                lines.append(n + 1)
        errors = []
        for line, column, message in _ERROR.findall(said):
            at = lines[min(int(line), len(lines)) - 1] + int(column) - 1
            offset = starts[at] if 0 <= at < len(starts) else 0
            name = _UNDECLARED.search(message)
            if name:
                errors.append(ConditionError("condition_name", offset, name[1], PUBLIC_NAMES))
            elif "found no matching overload" in message:
                errors.append(ConditionError("condition_types", offset, said=_readable(message)))
            else:
                errors.append(ConditionError("condition_syntax", offset, said=_readable(message)))
        return errors or [ConditionError("condition_syntax", 0, said=_readable(said))]


def _tokens(source: str) -> list[_Token]:
    """The expression in one pass over it."""
    tokens: list[_Token] = []
    end = 0
    for match in _TOKEN.finditer(source):
        kind = next(name for name in _KINDS if match.group(name) is not None)
        gap = "".join(source[end : match.start()].split())
        tokens.append(_Token(kind, match.group(), gap, match.start(), match.end(), match))
        end = match.end()
    return tokens


def _compared_names(tokens: Sequence[_Token]) -> Iterator[tuple[str, str, int]]:
    """(name, the text it is compared with, where to point), for each text that must be a name."""
    for n, (one, two) in enumerate(pairwise(tokens)):
        if two.gap in ("==", "!="):
            if one.text in _NAMED and two.literal is not None:
                yield one.text, two.literal, one.end
            elif two.text in _NAMED and one.literal is not None:
                yield two.text, one.literal, one.start
        elif two.text == "in" and not two.gap:
            following = tokens[n + 2 : n + 3]
            if one.literal is not None and following and following[0].text == "refused" and not following[0].gap:
                yield "refused", one.literal, one.start
            elif one.text in _NAMED and following and following[0].gap == "[":
                yield from ((one.text, text, at) for text, at in _listed(tokens, n + 2))


def _listed(tokens: Sequence[_Token], first: int) -> Iterator[tuple[str, int]]:
    """The texts of a list that begins with tokens[first]."""
    for n in range(first, len(tokens)):
        token = tokens[n]
        if token.literal is None or (n > first and token.gap != ","):
            return
        yield token.literal, token.start


def _readable(message: str) -> str:
    message = re.sub(r"has_fields_(\w+?)_\b", r"has(fields.\1)", message)
    message = re.sub(r"\bfields_(\w+)", r"fields.\1", message)
    message = re.sub(r"'_(\W{1,2})_'", r"'\1'", message)
    return message.split("[")[0].strip()[:160]
