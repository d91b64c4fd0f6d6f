"""A small scenario for conversations in tests: one choice, a name, a read-back, an end and a transfer."""

from __future__ import annotations

SCENARIO = """
version: 1
name: Мастерская
languages: [ru]
agent: {name: Анна, persona: Приёмщица мастерской.}
greeting: "Мастерская, здравствуйте."
fields:
  thing: {type: choice, label: вещь, ask: "Что чиним?", options: {часы: [], телефон: [], утюг: []}}
  name: {type: text, label: имя, ask: "Как вас зовут?"}
intents:
  human: {keywords: [оператор*]}
stages:
  - id: order
    goal: Принять заказ.
    collect: [thing, name]
    transitions: [{to: confirm, when: collected}]
  - id: confirm
    say: "Записываю: {{ thing }}, {{ name }}. Всё верно?"
    transitions:
      - {to: done, when: answer == "yes"}
      - {to: order, when: answer == "no"}
  - id: done
    say: Спасибо, до свидания!
    end: true
  - id: handover
    say: Соединяю.
    transfer: {to: "+74951234567"}
anywhere:
  - {to: handover, when: intent == "human"}
silence: {after: 6s, say: ["Вы на линии?", "Вас не слышно."], then: hang_up}
limits: {duration: 10m, turns: 60}
outcomes:
  - {code: ORDER, when: visited("done")}
  - {code: ABANDONED}
"""

ORDER = ("часы", "Ольга", "да")
"""What a caller says who orders at once: three turns, the last one ends the call."""
