"""Conditions in CEL: rewritten to plain typed names, type-checked once, evaluated in microseconds.

CEL knows no optional values: `fields.city` becomes the variable `fields_city`, absent while nothing was said, and
`has(fields.city)` the boolean `has_fields_city_`. An absent value makes the comparison an error, and an error is
"does not hold". Whole numbers beside a number field become decimals, since CEL does not mix the two.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

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
    r"""(?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
      | (?P<visited>\bvisited\s*\(\s*(?P<stage>"[^"\\\n]*"|'[^'\\\n]*')\s*\))
      | (?P<has>\bhas\s*\(\s*fields\s*\.\s*(?P<has_name>\w+)\s*\))
      | (?P<field>\bfields\s*\.\s*(?P<field_name>\w+))
      | (?P<caller>\bcaller\s*\.\s*(?P<caller_name>\w+))
      | (?P<number>\b\d+(?:\.\d+)?\b)
      | (?P<word>[^\W\d]\w*)""",
    re.VERBOSE,
)
_COMPARED = re.compile(r"\s*(?:==|!=|<=|>=|<|>)\s*")
_MACROS = frozenset({"all", "exists", "exists_one", "map", "filter"})
_LITERAL = r"(?:\"([^\"\\\n]*)\"|'([^'\\\n]*)')"
_LIST = re.compile(r"\b(intent|stage|language|answer)\s+in\s*\[([^\]]*)\]")
_EQUAL = re.compile(rf"\b(intent|stage|language|answer)\s*(?:==|!=)\s*{_LITERAL}")
_LAUQE = re.compile(rf"{_LITERAL}\s*(?:==|!=)\s*(intent|stage|language|answer)\b")
_REFUSED = re.compile(rf"{_LITERAL}\s+in\s+refused\b")
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


@dataclass
class _Rewritten:
    """An expression on its way to CEL: its pieces, where each character came from, what it reads, what is wrong."""

    pieces: list[str] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    errors: list[ConditionError] = field(default_factory=list)
    names: set[str] = field(default_factory=set)

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
        rewritten = self._rewrite(source)
        text = "".join(rewritten.pieces)
        errors = rewritten.errors + self._check_names(source)
        if not errors:
            try:
                expression = self._env.compile(text)
            except RuntimeError as error:
                errors += self._compiler_errors(str(error), text, rewritten.starts)
            else:
                if expression.return_type() == _Type.BOOL:
                    return Condition(source, expression, frozenset(rewritten.names))
                errors.append(ConditionError("condition_not_boolean", 0, said=expression.return_type().name().lower()))
        raise ConditionInvalid(errors)

    def activation(self, values: Mapping[str, object]) -> cel.Activation:
        """The values of one moment; keys are those of the rewritten names."""
        return self._env.Activation(dict(values))

    def _rewrite(self, source: str) -> _Rewritten:
        """The expression that CEL gets, with where each of its characters came from."""
        result = _Rewritten()
        end = 0
        for token in _TOKEN.finditer(source):
            result.put(source[end : token.start()], end, exact=True)
            end = token.end()
            kind = next(name for name in _KINDS if token.group(name) is not None)
            text = getattr(self, f"_{kind}")(token, source, result)
            result.put(text, token.start(), exact=kind in ("string", "word"))
        result.put(source[end:], end, exact=True)
        return result

    def _string(self, token: re.Match[str], _source: str, _result: _Rewritten) -> str:
        return token.group()

    def _visited(self, token: re.Match[str], _source: str, result: _Rewritten) -> str:
        result.names.add("visited")
        stage = token.group("stage")[1:-1]
        if stage not in self._stages:
            result.errors.append(ConditionError("unknown_stage", token.start("stage"), stage, tuple(self._stages)))
        return f'("{stage}" in visited_stages)'

    def _has(self, token: re.Match[str], _source: str, result: _Rewritten) -> str:
        return f"has_fields_{self._field_name(token, 'has_name', result)}_"

    def _field(self, token: re.Match[str], _source: str, result: _Rewritten) -> str:
        return f"fields_{self._field_name(token, 'field_name', result)}"

    def _field_name(self, token: re.Match[str], group: str, result: _Rewritten) -> str:
        result.names.add("fields")
        name = token.group(group)
        if name not in self._fields:
            result.errors.append(ConditionError("unknown_field", token.start(), name, tuple(self._fields)))
        return name

    def _caller(self, token: re.Match[str], _source: str, result: _Rewritten) -> str:
        result.names.add("caller")
        name = token.group("caller_name")
        if name not in ("phone", "channel"):
            known = ("caller.phone", "caller.channel")
            result.errors.append(ConditionError("condition_name", token.start(), f"caller.{name}", known))
        return f"caller_{name}"

    def _number(self, token: re.Match[str], source: str, _result: _Rewritten) -> str:
        text = token.group()
        return f"{text}.0" if "." not in text and self._beside_number(source, token) else text

    def _word(self, token: re.Match[str], source: str, result: _Rewritten) -> str:
        text = token.group()
        if text in _MACROS and re.match(r"\s*\(", source[token.end() :]):
            result.errors.append(ConditionError("condition_loop", token.start(), text))
        elif text == "visited":
            result.errors.append(ConditionError("condition_visited", token.start(), text))
        elif text in _HIDDEN or text.startswith(("fields_", "has_fields_")):
            result.errors.append(ConditionError("condition_name", token.start(), text, PUBLIC_NAMES))
        elif text in _NAMES:
            result.names.add(text)
        return text

    def _beside_number(self, source: str, token: re.Match[str]) -> bool:
        numbers = [name for name, kind in self._fields.items() if kind is FieldType.NUMBER]
        if not numbers:
            return False
        field_name = rf"\bfields\s*\.\s*(?:{'|'.join(numbers)})"
        before = re.search(rf"{field_name}\s*(?:==|!=|<=|>=|<|>)\s*-?\s*$", source[: token.start()])
        return bool(before or re.match(rf"{_COMPARED.pattern}{field_name}\b", source[token.end() :]))

    def _check_names(self, source: str) -> list[ConditionError]:
        """Names written as text: `intent == "bok"` is as wrong as an unknown variable."""
        found = [(m[1], _literal(m, 2), m.end(1)) for m in _EQUAL.finditer(source)]
        found += [(m[3], _literal(m, 1), m.start()) for m in _LAUQE.finditer(source)]
        found += [("refused", _literal(m, 1), m.start()) for m in _REFUSED.finditer(source)]
        for listed in _LIST.finditer(source):
            inside = re.finditer(_LITERAL, listed[2])
            found += [(listed[1], _literal(m, 1), listed.start(2) + m.start()) for m in inside]
        codes = {"intent": "unknown_intent", "stage": "unknown_stage", "refused": "unknown_field"}
        return [
            ConditionError(codes.get(name, "condition_value"), at, value, tuple(self._known[name]))
            for name, value, at in found
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


def _literal(match: re.Match[str], group: int) -> str:
    """The text of a literal in double or single quotes."""
    return match[group] if match[group] is not None else match[group + 1]


def _readable(message: str) -> str:
    message = re.sub(r"has_fields_(\w+?)_\b", r"has(fields.\1)", message)
    message = re.sub(r"\bfields_(\w+)", r"fields.\1", message)
    message = re.sub(r"'_(\W{1,2})_'", r"'\1'", message)
    return message.split("[")[0].strip()[:160]
