"""What the API takes and gives, apart from a call's report, which webhooks and the command line show too."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Generic, TypeVar
from uuid import UUID

from litestar.params import Parameter

from app.api.problems import ProblemItem

T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a list."""

    data: list[T]
    next: Annotated[str | None, Parameter(description="Send it as `after` to go on; null: this was the last page.")]


@dataclass(frozen=True)
class CompanyOut:
    """The company that the key belongs to."""

    id: UUID
    slug: Annotated[str, Parameter(description="Name in the dashboard's addresses.")]
    name: str
    zone: Annotated[str, Parameter(description="IANA time zone in which callers say times.")]
    language: str
    region: Annotated[str, Parameter(description="Country of phone numbers said without a country code, ISO 3166.")]
    scopes: Annotated[list[str], Parameter(description="What this key may do.")]


@dataclass(frozen=True)
class BotOut:
    """A bot."""

    id: UUID
    slug: Annotated[str, Parameter(description="Name in addresses; may be used instead of the id.")]
    name: str
    published_version: Annotated[int | None, Parameter(description="The version that answers; null: takes no calls.")]
    created_at: datetime


@dataclass(frozen=True)
class BotIn:
    """A new bot."""

    slug: Annotated[str, Parameter(description="1-40 of a-z, 0-9 and inner hyphens; unique in the company.")]
    name: Annotated[str, Parameter(description="As people see it, up to 120 characters.")]


@dataclass(frozen=True)
class VersionOut:
    """One version of a bot's scenario. It is written once: a change is a new version."""

    version: Annotated[int, Parameter(description="Counts from 1 for each bot.")]
    status: Annotated[str, Parameter(description="draft, published or archived; one version at a time is published.")]
    note: str | None
    created_at: datetime
    published_at: datetime | None


@dataclass(frozen=True)
class DraftIn:
    """A new version. A scenario with errors is refused whole, with all of them."""

    source: Annotated[str, Parameter(description="The scenario: YAML or JSON text.")]
    note: Annotated[str | None, Parameter(description="What changed, for people.")] = None


@dataclass(frozen=True)
class ScenarioIn:
    """A scenario to check."""

    source: Annotated[str, Parameter(description="The scenario: YAML or JSON text.")]


@dataclass(frozen=True)
class ScenarioCheck:
    """What is wrong with a scenario, in the order of its lines."""

    valid: bool
    problems: list[ProblemItem]


@dataclass(frozen=True)
class CallOut:
    """A call in a list."""

    id: UUID
    bot: Annotated[str, Parameter(description="The bot's slug.")]
    version: Annotated[int, Parameter(description="Version of the scenario the call began with.")]
    status: Annotated[str, Parameter(description="running, ended, interrupted or failed.")]
    direction: Annotated[str, Parameter(description="inbound, outbound or trial.")]
    channel: Annotated[str, Parameter(description="text, web or phone.")]
    language: str
    caller: Annotated[str | None, Parameter(description="E.164; null when hidden.")]
    started_at: datetime
    ended_at: datetime | None
    duration: Annotated[float | None, Parameter(description="Seconds; null while the call runs.")]
    ended_by: Annotated[str | None, Parameter(description="caller, bot or system.")]
    outcome: Annotated[str | None, Parameter(description="Code from the scenario; null until the analysis is done.")]
    summary: str | None
    turns: Annotated[int, Parameter(description="How many turns were spoken.")]
    analysed_at: datetime | None


@dataclass(frozen=True)
class ChoiceIO:
    """One provider of a chain."""

    provider: str
    model: Annotated[str | None, Parameter(description="null: the provider's usual one.")] = None
    voice: Annotated[str | None, Parameter(description="For what speaks; null: the language's usual one.")] = None


@dataclass(frozen=True)
class VoiceIO:
    """What a bot hears and speaks with. Written whole: what is left out becomes what is usual."""

    stt: Annotated[list[ChoiceIO], Parameter(description="Recognisers in the order they are tried; empty: platform's.")]
    tts: Annotated[list[ChoiceIO], Parameter(description="Voices, likewise.")]
    llm: Annotated[list[ChoiceIO], Parameter(description="Language models, likewise.")] = field(default_factory=list)
    speed: Annotated[float, Parameter(description="0.6 to 1.6; 1 is the voice's own.")] = 1.0
    filler: Annotated[float | None, Parameter(description="Seconds, 0.5 to 5; null: never.")] = 1.2
    interrupt_words: Annotated[int, Parameter(description="Words that interrupt the bot, 0 to 5.")] = 1
    patience: Annotated[float, Parameter(description="Seconds, 0.5 to 8, for a caller who has not finished.")] = 2.5
    record: bool = False
    notice: Annotated[str, Parameter(description="Said before the greeting of recorded calls; empty: as usual.")] = ""
    voicemail: Annotated[str, Parameter(description="hang_up or go_on.")] = "hang_up"
    stress: Annotated[dict[str, str], Parameter(description="Word: how it is said, + before the stressed vowel.")] = (
        field(default_factory=dict)
    )


@dataclass(frozen=True)
class ProviderOut:
    """A provider of speech or language."""

    name: str
    title: str
    models: Annotated[dict[str, list[str]], Parameter(description="Known models of stt, tts and llm; usual one first.")]
    key: Annotated[str | None, Parameter(description="company, platform or not_needed; null: nobody has a key.")]
    hint: Annotated[str | None, Parameter(description="Last characters of the company's key.")]
    base_url: Annotated[str | None, Parameter(description="The company's own address.")]
    changed_at: datetime | None


@dataclass(frozen=True)
class ProviderKeyIn:
    """The company's own key."""

    key: Annotated[str, Parameter(description="Empty for a server of one's own that needs none.")]
    base_url: Annotated[str | None, Parameter(description="https address of a compatible server.")] = None


@dataclass(frozen=True)
class ProbeOut:
    """How a provider did."""

    part: Annotated[str, Parameter(description="stt, tts or llm.")]
    name: Annotated[str, Parameter(description="provider/model.")]
    ok: bool
    first_ms: Annotated[int | None, Parameter(description="To the first word, sound or token.")]
    cause: Annotated[str | None, Parameter(description="What is wrong: unauthorised, unreachable, timeout ...")]


@dataclass(frozen=True)
class EndpointOut:
    """An address that is told what happened."""

    id: UUID
    url: str
    description: str | None
    event_types: Annotated[list[str], Parameter(description="Empty: all.")]
    enabled: bool
    disabled_reason: Annotated[str | None, Parameter(description="gone, failing or person.")]
    failing_since: Annotated[datetime | None, Parameter(description="First failure after the last success.")]
    old_secret_until: Annotated[datetime | None, Parameter(description="Until then the old secret signs too.")]
    created_at: datetime


@dataclass(frozen=True)
class EndpointMade(EndpointOut):
    """A new endpoint with its secret."""

    secret: Annotated[str, Parameter(description="`whsec_...` of Standard Webhooks. Shown this once.")]


@dataclass(frozen=True)
class EndpointIn:
    """A new endpoint."""

    url: Annotated[str, Parameter(description="https address reachable from the internet, without credentials.")]
    event_types: Annotated[list[str], Parameter(description="Empty: all.")] = field(default_factory=list)
    description: Annotated[str | None, Parameter(description="For people, up to 200 characters.")] = None


@dataclass(frozen=True)
class EndpointChange:
    """What to change; what is left out stays."""

    url: str | None = None
    event_types: Annotated[list[str] | None, Parameter(description="Empty: all.")] = None
    description: Annotated[str | None, Parameter(description="An empty text removes it.")] = None
    enabled: bool | None = None


@dataclass(frozen=True)
class SecretOut:
    """A new signing secret. The old one signs beside it until `old_secret_until`."""

    secret: Annotated[str, Parameter(description="Shown this once.")]
    old_secret_until: datetime | None


@dataclass(frozen=True)
class TestSent:
    """A test event is on its way."""

    message_id: Annotated[UUID, Parameter(description="Its `webhook-id`.")]


@dataclass(frozen=True)
class MessageOut:
    """One event as it is announced."""

    id: Annotated[UUID, Parameter(description="The `webhook-id` of every delivery.")]
    type: str
    call_id: UUID | None
    created_at: datetime


@dataclass(frozen=True)
class DeliveryOut:
    """A message on its way to one endpoint."""

    id: UUID
    message_id: UUID
    endpoint_id: UUID
    type: str
    call_id: UUID | None
    status: Annotated[str, Parameter(description="pending, sending, delivered, failed or cancelled.")]
    attempts: int
    next_at: Annotated[datetime | None, Parameter(description="When it is tried next.")]
    last_status: Annotated[int | None, Parameter(description="HTTP status of the last answer.")]
    last_error: str | None
    delivered_at: datetime | None
    created_at: datetime


@dataclass(frozen=True)
class AttemptOut:
    """One request and its answer."""

    n: int
    at: datetime
    duration_ms: int
    status_code: int | None
    error: str | None
    response_excerpt: Annotated[str | None, Parameter(description="Beginning of the receiver's answer.")]


@dataclass(frozen=True)
class DeliveryDetail(DeliveryOut):
    """A delivery with every attempt."""

    attempt_log: list[AttemptOut]


@dataclass(frozen=True)
class MessageDetail(MessageOut):
    """A message with its body and its deliveries."""

    payload: Annotated[
        str | None,
        Parameter(description="The exact body that is signed and sent; null for a key without `calls:read`."),
    ]
    deliveries: list[DeliveryOut]
