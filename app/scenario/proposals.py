"""Checks what a language model claims to have understood: only what the caller really said is taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.scenario.draft import Draft
from app.scenario.field_extractor import extract
from app.scenario.hearing import store
from app.scenario.intents import Match
from app.scenario.state import Proposal
from app.scenario.values import Extraction


def apply_proposals(d: Draft, proposals: Sequence[Proposal]) -> bool:
    """True when at least one was taken; each refusal is an event with its reason."""
    taken = False
    for proposal in proposals[:50]:
        problem = _field(d, proposal) if proposal.kind == "field" else _intent(d, proposal)
        if problem is None:
            taken = True
        else:
            d.emit(
                "proposal_refused",
                kind=proposal.kind,
                name=proposal.name[:80],
                value=(proposal.value or "")[:200],
                quote=proposal.quote[:200],
                reason=problem,
            )
    return taken


def _field(d: Draft, proposal: Proposal) -> str | None:
    """Why the value is refused; None when it was taken."""
    if proposal.name not in d.scenario.fields:
        return "unknown_field"
    start = d.heard.find(proposal.quote)
    if not proposal.quote.strip() or start < 0:
        return "not_said"
    found = extract(
        proposal.quote, d.rules[proposal.name], lang=d.language, now=d.now, region=d.base.region, asked=True
    )
    problem = _wrong(d, proposal, found)
    if problem is None and found is not None:
        placed = replace(found, start=start + found.start, end=start + found.end)
        store(d, proposal.name, placed, source="proposal")
    return problem


def _wrong(d: Draft, proposal: Proposal, found: Extraction | None) -> str | None:
    """What our own reading of the quoted words says against the value."""
    if found is None or (found.value is None and not found.ambiguous and found.problem is None):
        return "no_value"
    if found.ambiguous:
        return "ambiguous"  # asked back; a model's choice would be a guess
    wanted = proposal.value if proposal.value is not None else found.value
    if found.problem is None and (wanted or "").strip().casefold() != (found.value or "").casefold():
        return "other_value"
    return found.problem or ("known" if d.value(proposal.name) == found.value else None)


def _intent(d: Draft, proposal: Proposal) -> str | None:
    if proposal.name not in d.scenario.scenario.intents:
        return "unknown_intent"
    if not proposal.quote.strip() or proposal.quote not in d.heard:
        return "not_said"
    d.intent = Match(proposal.name, 0.5, proposal.quote, "proposal", "")
    d.intent_name = proposal.name
    d.emit("intent_found", intent=proposal.name, score=0.5, by="proposal", pattern="", quote=proposal.quote[:200])
    return None
