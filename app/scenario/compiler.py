"""Turns a scenario's model into its compiled form and reports what does not fit together."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from app.scenario.checks import check_flow
from app.scenario.compiled import (
    CompiledField,
    CompiledOutcome,
    CompiledScenario,
    CompiledStage,
    CompiledTransition,
    Speech,
)
from app.scenario.conditions import Condition, ConditionInvalid, Conditions
from app.scenario.field_compiler import compile_field
from app.scenario.intents import IntentMatcher, Phrases, words
from app.scenario.models import ANY_LANGUAGE, RESERVED_IDS, Intent, Scenario, Stage, Transition, Words
from app.scenario.problems import MAX_SHOWN, Path, Problem, closest
from app.scenario.service_words import placeholders, service_words
from app.scenario.source_reader import Source
from app.scenario.templates import Template, TemplateError, parse
from app.scenario.values import FieldType

MAX_CONDITIONS = 500
"""Of transitions, `anywhere` and outcomes together."""
MAX_PHRASES = 5_000
"""Keywords and examples of intents, options and their synonyms together."""


class Compiler:
    """One pass over one scenario. `errors` stop it, `warnings` travel with the result."""

    def __init__(self, model: Scenario, source: Source) -> None:
        self.model = model
        self.source = source
        self.errors: list[Problem] = []
        self.warnings: list[Problem] = []
        self.used_fields: set[str] = set(model.analysis.extract)
        self.used_intents: set[str] = set()
        # Names as written, so that a stage that is wrong inside is still known to the others.
        data = source.data
        self.field_names = _names(data.get("fields"))
        self.intent_names = _names(data.get("intents"))
        self._intent_names = frozenset(self.intent_names)
        stages = data.get("stages")
        self.stage_names = [
            str(item["id"])
            for item in (stages if isinstance(stages, list) else [])
            if isinstance(item, dict) and "id" in item
        ]
        kinds = {name: model.fields[name].type if name in model.fields else FieldType.TEXT for name in self.field_names}
        self.conditions = Conditions(kinds, self.stage_names, self.intent_names, model.languages)

    def compile(self) -> CompiledScenario | None:
        """None when anything is wrong; see `errors`."""
        model = self.model
        if not self._small_enough():
            return None
        if len(set(model.languages)) != len(model.languages):
            self.error("language_twice", ("languages",))
        self.coverage(model.name, ("name",))
        self.coverage(model.agent.name, ("agent", "name"))
        self.coverage(model.agent.persona, ("agent", "persona"))
        greeting = self.speech(model.greeting, ("greeting",))
        fields = {name: compile_field(self, name, spec) for name, spec in model.fields.items()}
        answers = self._intents(model.intents)
        stages = self._stages(model.stages)
        anywhere = tuple(self._transition(item, ("anywhere", n)) for n, item in enumerate(model.anywhere))
        self._loose_ends()
        outcomes = self._outcomes()
        service = self._service_speeches()
        check_flow(self)
        self._unused()
        if self.errors or greeting is None:
            return None
        return CompiledScenario(
            scenario=model,
            languages=tuple(model.languages),
            greeting=greeting,
            fields=fields,
            stages=stages,
            anywhere=anywhere,
            answers=answers,
            steering=frozenset(self.used_intents),
            unknown=service["unknown"],
            silence=service["silence"],
            limit_end=service["limit_end"],
            wordings=self._wordings(),
            matcher=self._matcher(),
            field_words=self._field_words(fields),
            outcomes=outcomes,
            conditions=self.conditions,
            warnings=tuple(sorted(self.warnings, key=lambda problem: (problem.line, problem.column))),
        )

    def _small_enough(self) -> bool:
        """Whether all conditions and phrases together are few enough to be read while other companies wait."""
        model = self.model
        edges = [*model.anywhere, *(edge for stage in model.stages for edge in stage.transitions)]
        conditions = sum(edge.when is not None for edge in edges) + sum(
            rule.when is not None for rule in model.outcomes
        )
        if conditions > MAX_CONDITIONS:
            self.error("too_many_conditions", ("stages",), key=True, count=conditions, limit=MAX_CONDITIONS)
        options = [option for spec in model.fields.values() for option in (spec.options or {}).values()]
        told = [phrases for item in model.intents.values() for phrases in (item.keywords, item.examples)]
        phrases = sum(len(_all(words)) for words in (*told, *(option.also for option in options))) + len(options)
        if phrases > MAX_PHRASES:
            where = "intents" if model.intents else "fields"
            self.error("too_many_phrases", (where,), key=True, count=phrases, limit=MAX_PHRASES)
        return not self.errors

    def error(
        self, code: str, path: Path, *, known: Collection[str] = (), key: bool = False, shift: int = 0, **params: object
    ) -> None:
        """Adds an error at `path`; with `known` it also names the closest of these to `name`."""
        suggestion = self._closest(str(params.get("name", "")), known)
        if known:
            params.setdefault("known", ", ".join(list(known)[:20]))
        self.errors.append(self.source.problem(code, path, params, key=key, suggestion=suggestion, shift=shift))

    def _closest(self, name: str, known: Collection[str]) -> str | None:
        # Looking for it takes up to a millisecond: a file that is wrong everywhere must not take minutes.
        return closest(name, known) if known and len(self.errors) < MAX_SHOWN else None

    def warn(self, code: str, path: Path, *, key: bool = False, **params: object) -> None:
        self.warnings.append(self.source.problem(code, path, params, key=key))

    def coverage(self, words: Words | None, path: Path) -> None:
        """A text that is given per language must have all of the scenario's; one without is said in all of them."""
        if words is None:
            return
        if ANY_LANGUAGE in words.texts:
            if len(self.model.languages) > 1 and _has_letters(words.texts[ANY_LANGUAGE]):
                self.warn("text_one_language", path, languages=", ".join(self.model.languages))
            return
        for language in self.model.languages:
            if language not in words.texts:
                self.error("text_language_missing", path, language=language)
        for extra in words.texts:
            if extra not in self.model.languages:
                self.warn("text_language_unused", (*path, extra), key=True, language=extra)

    def speech(
        self, words: Words | None, path: Path, *, names: Collection[str] | None = None, options: bool = False
    ) -> Speech | None:
        """The parsed wordings per language; `names` are the placeholders allowed, the scenario's fields by default."""
        if words is None:
            return None
        self.coverage(words, path)
        allowed = self.field_names if names is None else names
        texts: dict[str, tuple[Template, ...]] = {}
        for language in self.model.languages:
            texts[language] = tuple(
                template
                for one in words.of(language, self.model.languages[0])
                if (template := self.template(one, self._text_path(words, language, path), allowed, options=options))
            )
        return Speech(texts) if all(texts.values()) else None

    def template(self, text: str, path: Path, names: Collection[str], *, options: bool = False) -> Template | None:
        """The parsed text; None and an error when it names what does not exist."""
        try:
            template = parse(text, names)
        except TemplateError as error:
            self.error(error.code, path, known=names if error.code == "template_name" else (), name=error.name)
            return None
        for variable in template.variables:
            self.used_fields.add(variable.name)
            if variable.name == "options" and not options and "options" not in names:
                self.error("template_options", path)
                return None
        return template

    @staticmethod
    def _text_path(words: Words, language: str, path: Path) -> Path:
        return path if ANY_LANGUAGE in words.texts or language not in words.texts else (*path, language)

    def condition(self, when: str | None, path: Path) -> Condition | None:
        """The checked expression; None when there is none, or with errors when it is wrong."""
        if when is None:
            return None
        try:
            condition = self.conditions.compile(when)
        except ConditionInvalid as invalid:
            for error in invalid.errors:
                suggestion = self._closest(error.name, error.known)
                params = {"name": error.name, "said": error.said, "known": ", ".join(filter(None, error.known[:20]))}
                self.errors.append(
                    self.source.problem(error.code, path, params, suggestion=suggestion, shift=error.offset)
                )
            return None
        self.used_fields |= condition.fields
        self.used_intents |= condition.texts & self._intent_names
        return condition

    def stage_exists(self, name: str | None, path: Path, *, also: Collection[str] = ()) -> None:
        """An error when no stage has that id."""
        if name is not None and name not in self.stage_names and name not in also:
            self.error("unknown_stage", path, known=[*self.stage_names, *also], name=name)

    def _transition(self, item: Transition, path: Path) -> CompiledTransition:
        self.stage_exists(item.to, (*path, "to"), also=("back",))
        if path[0] == "anywhere" and item.when is None:
            self.error("anywhere_always", path)
        return CompiledTransition(item.to, self.condition(item.when, (*path, "when")))

    def _stages(self, items: Sequence[Stage]) -> dict[str, CompiledStage]:
        stages: dict[str, CompiledStage] = {}
        for n, item in enumerate(items):
            path: Path = ("stages", n)
            if item.id in stages:
                self.error("duplicate_stage", (*path, "id"), name=item.id)
            if item.id in RESERVED_IDS:
                self.error("reserved_id", (*path, "id"), name=item.id)
            self._stage_parts(item, path)
            stages[item.id] = CompiledStage(
                id=item.id,
                spec=item,
                say=self.speech(item.say, (*path, "say")),
                ask=self.speech(item.ask, (*path, "ask")),
                transitions=tuple(
                    self._transition(one, (*path, "transitions", k)) for k, one in enumerate(item.transitions)
                ),
            )
        return stages

    def _stage_parts(self, item: Stage, path: Path) -> None:
        self.coverage(item.goal, (*path, "goal"))
        for k, name in enumerate(item.collect):
            if name not in self.field_names:
                self.error("unknown_field", (*path, "collect", k), known=self.field_names, name=name)
            elif name in item.collect[:k]:
                self.error("collected_twice", (*path, "collect", k), name=name)
            elif name in self.model.fields and self.model.fields[name].ask is None:
                self.error("ask_missing", ("fields", name), key=True, name=name)
            self.used_fields.add(name)
        if item.end and item.transfer:
            self.error("end_and_transfer", (*path, "end"), key=True, name=item.id)
        if (item.end or item.transfer) and (item.collect or item.transitions or item.ask):
            self.error("end_with_more", path, name=item.id)
        self.stage_exists(item.otherwise, (*path, "otherwise"))
        if item.transfer:
            self.stage_exists(item.transfer.otherwise, (*path, "transfer", "otherwise"))

    def _intents(self, items: Mapping[str, Intent]) -> dict[str, Speech]:
        answers: dict[str, Speech] = {}
        for name, item in items.items():
            path: Path = ("intents", name)
            if item.examples is None and item.keywords is None:
                self.error("intent_empty", path, key=True, name=name)
            for key in ("examples", "keywords"):
                words: Words | None = getattr(item, key)
                if words is not None and ANY_LANGUAGE not in words.texts:
                    self.coverage(words, (*path, key))
            speech = self.speech(item.answer, (*path, "answer"))
            if speech:
                answers[name] = speech
        return answers

    def _loose_ends(self) -> None:
        model = self.model
        self.stage_exists(model.otherwise, ("otherwise",))
        self.stage_exists(model.silence.then, ("silence", "then"), also=("hang_up",))
        for n, name in enumerate(model.analysis.extract):
            if name not in self.field_names:
                self.error("unknown_field", ("analysis", "extract", n), known=self.field_names, name=name)
        if not 30 <= model.limits.duration.total_seconds() <= 7200:
            self.error("limits_duration", ("limits", "duration"))
        if not 2 <= model.silence.after.total_seconds() <= 60:
            self.error("silence_after", ("silence", "after"))

    def _outcomes(self) -> tuple[CompiledOutcome, ...]:
        rules = []
        items = self.model.outcomes
        for n, item in enumerate(items):
            path: Path = ("outcomes", n)
            if item.when is None and n < len(items) - 1:
                self.error("outcome_hides_rest", path, name=item.code)
            self.coverage(item.label, (*path, "label"))
            labels: dict[str, str] = (
                {language: item.label.pick(language, language) for language in self.model.languages}
                if item.label
                else {}
            )
            rules.append(CompiledOutcome(item.code, self.condition(item.when, (*path, "when")), labels))
        if items[-1].when is not None:
            self.warn("outcome_no_default", ("outcomes", len(items) - 1))
        return tuple(rules)

    def _service_speeches(self) -> dict[str, Speech | None]:
        model = self.model
        unknown = model.knowledge.unknown if model.knowledge else None
        return {
            "unknown": self.speech(unknown, ("knowledge", "unknown")),
            "silence": self.speech(model.silence.say, ("silence", "say")),
            "limit_end": self.speech(model.limits.say, ("limits", "say")),
        }

    def _wordings(self) -> dict[str, Speech]:
        known = service_words("en").says
        result: dict[str, Speech] = {}
        for key, own in self.model.wordings.items():
            path: Path = ("wordings", key)
            if key not in known:
                self.error("unknown_wording", path, known=list(known), key=True, name=key)
                continue
            speech = self.speech(own, path, names=placeholders(key))
            if speech:
                result[key] = speech
        return result

    def _matcher(self) -> IntentMatcher:
        intents = self.model.intents
        return IntentMatcher(
            {name: _all(item.keywords) for name, item in intents.items()},
            {name: _all(item.examples) for name, item in intents.items()},
        )

    @staticmethod
    def _field_words(fields: Mapping[str, CompiledField]) -> Phrases:
        """A field is named by its label, by its own name, or by a word of the label that no other field has."""
        owners: dict[str, set[str]] = {}
        for name, field in fields.items():
            for stems in field.label_stems.values():
                for stem in stems:
                    owners.setdefault(stem, set()).add(name)
        named: dict[str, list[str]] = {}
        for name, field in fields.items():
            labels = list(field.labels.values()) if field.spec.label else []
            own = [w.text for label in labels for w in words(label) if len(w.text) > 3 and len(owners[w.stem]) == 1]
            named[name] = [name.replace("_", " "), *labels, *own]
        return Phrases(named)

    def _unused(self) -> None:
        for name in self.model.fields:
            if name not in self.used_fields:
                self.warn("field_unused", ("fields", name), key=True, name=name)
        for name, item in self.model.intents.items():
            if item.answer is None and name not in self.used_intents:
                self.warn("intent_unused", ("intents", name), key=True, name=name)


def _names(part: object) -> list[str]:
    return [str(name) for name in part] if isinstance(part, dict) else []


def _all(words: Words | None) -> list[str]:
    return [text for texts in words.texts.values() for text in texts] if words else []


def _has_letters(texts: Sequence[str]) -> bool:
    return any(re.search(r"[^\W\d_]", re.sub(r"\{\{[^{}]*\}\}", "", text)) for text in texts)
