"""Every setting of Otklik, one frozen class per concern, prefix OTKLIK_. Nothing else reads the environment.

Values come from the environment and from `.env` in the working folder (the environment wins). Units are in the
types; there are safe defaults, and none for secrets. Nothing is built here.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import parse_qs, urlsplit

from pydantic import AfterValidator, AliasChoices, BeforeValidator, Field, SecretStr, ValidationError, field_validator
from pydantic_core import ErrorDetails, PydanticCustomError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict, SettingsError

from app import env_file
from app.errors import SettingsInvalid


def _plain_seconds(value: object) -> object:
    if isinstance(value, str):
        try:
            return timedelta(seconds=float(value))
        except (ValueError, OverflowError):
            return value  # ISO 8601 or HH:MM:SS, or wrong: pydantic knows
    return value


def _list(value: object) -> object:
    if isinstance(value, str):
        try:
            return json.loads(value) if value.lstrip().startswith("[") else [part.strip() for part in value.split(",")]
        except ValueError as error:
            raise PydanticCustomError("list", "no list") from error
    return value


def _is_address(value: str, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(value)
        host, port = parts.hostname, parts.port
    except ValueError:
        return False
    if parts.scheme not in schemes or port == 0 or any(letter.isspace() or letter == "\0" for letter in value):
        return False
    if parts.scheme == "unix":
        return parts.path.startswith("/")
    return bool(host) or (parts.scheme == "postgresql" and "host" in parse_qs(parts.query))


def _secret_address(*schemes: str, example: str) -> AfterValidator:
    """Refuses what is no address of one of `schemes`; the address itself, which holds a password, is never said."""

    def check(value: SecretStr | None) -> SecretStr | None:
        if value is not None and not _is_address(value.get_secret_value(), schemes):
            raise PydanticCustomError("address", "no address", {"example": example})
        return value

    return AfterValidator(check)


def _web_address(value: str | None) -> str | None:
    if value is not None and not _is_address(value, ("http", "https")):
        raise PydanticCustomError("address", "no address", {"example": "https://otklik.example.com"})
    return value


WebAddress = Annotated[str | None, AfterValidator(_web_address)]
"""http(s)://host:port/path."""
DatabaseAddress = Annotated[
    SecretStr | None, _secret_address("postgresql", "postgres", example="postgresql://role:password@host:5432/otklik")
]
RedisAddress = Annotated[
    SecretStr | None, _secret_address("redis", "rediss", "unix", example="redis://127.0.0.1:6379/0")
]

Duration = Annotated[timedelta, BeforeValidator(_plain_seconds), Field(gt=timedelta(0))]
"""Written as seconds (`15`, `0.5`), ISO 8601 (`PT15S`, `P14D`) or `HH:MM:SS`."""
Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_list)]
"""Written with commas, or as a JSON list."""


def _config(prefix: str) -> SettingsConfigDict:
    return SettingsConfigDict(
        env_prefix=prefix,
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,  # `NAME=` in a file or in compose means: not set
        extra="ignore",
        frozen=True,
        populate_by_name=True,
    )


class CommonSettings(BaseSettings):
    """Where the installation lives and how it speaks."""

    model_config = _config("OTKLIK_")

    home: Path = Path(".otklik")
    """Folder of the embedded installation: data, keys, logs."""
    public_url: WebAddress = None
    """Address under which people and webhooks reach the dashboard; None: http://host:port of the web program."""
    secret_key: SecretStr | None = None
    """Seals stored secrets and signs CSRF tokens; at least 32 characters. Embedded mode makes one."""
    language: Literal["ru", "en"] | None = None
    """Language of the command line and of people who have chosen none; None: the system's."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """Lowest level that is logged."""

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < 32:
            raise PydanticCustomError("short_key", "use at least 32 characters")
        return value


class DatabaseSettings(BaseSettings):
    """PostgreSQL: the role of the programs and the owner that migrates."""

    model_config = _config("OTKLIK_DATABASE_")

    url: DatabaseAddress = None
    """postgresql://role:password@host:port/name of the application role, which owns no table."""
    owner_url: DatabaseAddress = None
    """The same for the role that owns the tables; used by `otklik migrate` only."""
    pool_size: int = Field(default=10, ge=1, le=200)
    """Connections a process keeps."""
    max_overflow: int = Field(default=10, ge=0, le=200)
    """Connections a process opens beyond them for a moment."""
    pool_timeout: Duration = timedelta(seconds=5)
    """Wait for a free connection before the request is refused."""
    statement_timeout: Duration = timedelta(seconds=30)
    """Longest a statement may run."""


class RedisSettings(BaseSettings):
    """Redis or Valkey: broker, rate limits, live events."""

    model_config = _config("OTKLIK_REDIS_")

    url: RedisAddress = Field(default=None, validation_alias=AliasChoices("OTKLIK_REDIS_URL", "REDIS_URL"))
    """redis://host:port/db or unix:///path/to.sock."""
    timeout: Duration = timedelta(seconds=3)
    """Connect and answer."""


class VectorSettings(BaseSettings):
    """The vector store."""

    model_config = _config("OTKLIK_QDRANT_")

    url: WebAddress = Field(default=None, validation_alias=AliasChoices("OTKLIK_QDRANT_URL", "QDRANT_URL"))
    """http(s)://host:port of a Qdrant server; None in embedded mode, where `socket` serves."""
    api_key: SecretStr | None = None
    """Key of the Qdrant server."""
    socket: Path | None = None
    """Unix socket of the embedded store."""
    timeout: Duration = timedelta(seconds=3)
    """Connect and answer."""


class WebSettings(BaseSettings):
    """The web program."""

    model_config = _config("OTKLIK_WEB_")

    host: str = "127.0.0.1"
    """Address to listen on."""
    port: int = Field(default=8000, ge=0, le=65535)
    """Port to listen on; `otklik up` takes the next free one when it is taken."""
    session_ttl: Duration = timedelta(days=14)
    """A sign-in ends after this long without use."""
    sign_in_attempts: int = Field(default=10, ge=1)
    """Failed sign-ins in `sign_in_window` for an address, and for an account from one network; an account may fail ten
    times as often from everywhere."""
    sign_in_window: Duration = timedelta(minutes=15)
    """Window of the sign-in throttle."""
    metrics_token: SecretStr | None = None
    """Token with which Prometheus reads /metrics (Authorization: Bearer); None: there is no such page."""
    trusted_proxies: Words = ()
    """Addresses or networks of proxies in front of the web program. Only what comes from them is believed about where
    a request comes from (X-Forwarded-For, X-Forwarded-Proto)."""

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for network in value:
            ip_network(network)  # a name, or `*`, would let anybody write any address
        return value


class ApiSettings(BaseSettings):
    """The JSON API."""

    model_config = _config("OTKLIK_API_")

    rate_limit: int = Field(default=300, ge=1)
    """Requests a key may make in `rate_window`."""
    company_rate_limit: int = Field(default=1200, ge=1)
    """Requests all keys of a company may make in `rate_window`."""
    unknown_key_limit: int = Field(default=60, ge=1)
    """Requests with a key that is unknown or no longer holds an address (IPv6: a /64) may make in `rate_window`."""
    rate_window: Duration = timedelta(minutes=1)
    """Window of these limits."""


class FileSettings(BaseSettings):
    """Where files of companies are kept."""

    model_config = _config("OTKLIK_FILES_")

    folder: Path | None = None
    """Folder of the file store; every program must see the same. None: `files` in the installation's home."""


class LiveKitSettings(BaseSettings):
    """The media server of phone and web calls; without one the browser talks over a WebSocket."""

    model_config = _config("OTKLIK_LIVEKIT_")

    url: WebAddress = Field(default=None, validation_alias=AliasChoices("OTKLIK_LIVEKIT_URL", "LIVEKIT_URL"))
    """http(s)://host:port of the server as our programs reach it."""
    public_url: str | None = None
    """ws(s):// address of the server as browsers reach it; None: made from `url`."""
    api_key: str | None = Field(
        default=None, validation_alias=AliasChoices("OTKLIK_LIVEKIT_API_KEY", "LIVEKIT_API_KEY")
    )
    """Key of the server."""
    api_secret: SecretStr | None = Field(
        default=None, validation_alias=AliasChoices("OTKLIK_LIVEKIT_API_SECRET", "LIVEKIT_API_SECRET")
    )
    """Secret of the key."""
    agent_name: str = "otklik"
    """Name under which agents are dispatched; agents of other products on the same server stay apart."""


class AgentSettings(BaseSettings):
    """The agent program, which answers calls of the LiveKit server."""

    model_config = _config("OTKLIK_AGENT_")

    capacity: int = Field(default=10, ge=1)
    """Calls that one agent program carries at once; each has a process of its own."""
    idle: int = Field(default=2, ge=1)
    """Processes that are kept warm for the next calls."""
    host: str = "127.0.0.1"
    """Address of `/readyz`."""
    port: int = Field(default=8081, ge=0, le=65535)
    """Port of `/readyz`; 0: any free one."""
    drain: Duration = timedelta(hours=1)
    """How long running calls may go on when the program is told to stop; then the bot says goodbye."""


class WebhookSettings(BaseSettings):
    """Delivery of webhooks."""

    model_config = _config("OTKLIK_WEBHOOK_")

    timeout: Duration = timedelta(seconds=15)
    """Connect to last byte of the receiver's answer."""
    allow_http: bool = False
    """Accept http:// endpoints."""
    allowed_private_origins: Words = ()
    """Origins (scheme://host:port) that may be private."""
    demo_origin: str | None = None
    """Where our own web program listens (scheme://host:port); set by embedded mode. Its demo receivers may be called,
    each by its own company, and without it there are none."""
    max_endpoints: int = Field(default=20, ge=1)
    """Endpoints a company may have."""


class LlmSettings(BaseSettings):
    """The language model that phrases; without one the scripted wordings are spoken."""

    model_config = _config("OTKLIK_LLM_")

    base_url: WebAddress = None
    """Any OpenAI-compatible endpoint, for example http://127.0.0.1:11434/v1 for Ollama."""
    model: str = "qwen2:1.5b"
    """Model name as the endpoint knows it."""
    api_key: SecretStr | None = None
    """Key of the endpoint; Ollama needs none."""
    first_token_timeout: Duration = timedelta(milliseconds=1500)
    """Past it the script is spoken."""
    total_timeout: Duration = timedelta(seconds=6)
    """Past it the script is spoken."""
    fallback: Words = ()
    """Models that are asked when that one fails, `provider/model`, in this order."""


class ProviderSettings(BaseSettings):
    """What bots hear and speak with, unless a bot or its company has chosen otherwise."""

    model_config = _config("OTKLIK_")

    stt: Words = ()
    """Recognisers in the order they are tried, `provider/model`; none: local speech when it is installed."""
    tts: Words = ()
    """Voices in the order they are tried, `provider/model:voice`; none: local speech when it is installed."""
    speech_timeout: Duration = timedelta(seconds=1.5)
    """Wait for a provider's first sound or connection before the next one takes over; the last one gets 10 s."""
    deepgram_url: WebAddress = "https://api.deepgram.com"
    """Deepgram, or a server of its own that speaks the same."""
    deepgram_api_key: SecretStr | None = None
    """Key of Deepgram."""
    cartesia_url: WebAddress = "https://api.cartesia.ai"
    """Cartesia, or a server that speaks the same."""
    cartesia_api_key: SecretStr | None = None
    """Key of Cartesia."""
    openai_url: WebAddress = "https://api.openai.com/v1"
    """OpenAI, or any server that speaks the same, for speech and for language models."""
    openai_api_key: SecretStr | None = None
    """Its key; a server of one's own may need none."""
    groq_url: WebAddress = "https://api.groq.com/openai/v1"
    """Groq."""
    groq_api_key: SecretStr | None = None
    """Key of Groq."""
    ollama_url: WebAddress = "http://127.0.0.1:11434/v1"
    """Ollama, for bots that choose it."""


class LocalVoiceSettings(BaseSettings):
    """Speech on this machine, without an account; see docs/voice.md."""

    model_config = _config("OTKLIK_LOCAL_")

    models: Path | None = None
    """Folder with models of one's own: `faster-whisper-base/` and Piper voices `NAME.onnx` with `NAME.onnx.json`."""
    threads: int = Field(default=2, ge=1, le=64)
    """Threads that recognise speech."""
    tts_command_ru: str | None = None
    """Program that speaks Russian: text on its standard input, PCM or WAV on its standard output, or in {out}."""
    tts_command_en: str | None = None
    """The same for English."""
    tts_rate: int = Field(default=22050, ge=8000, le=48000)
    """Samples a second of what these programs write without a header."""
    hub: WebAddress = "https://huggingface.co"
    """Where `otklik voice fetch` gets models from."""


class CallSettings(BaseSettings):
    """Running calls."""

    model_config = _config("OTKLIK_CALL_")

    lease: Duration = timedelta(seconds=30)
    """A process that has not renewed a call's lease this long has lost the call; the watchdog closes it."""
    lease_renewal: Duration = timedelta(seconds=10)
    """How often a process renews."""
    text_silence: Duration = timedelta(seconds=90)
    """In typed calls a caller is silent after this long, instead of the scenario's seconds."""
    max_running: int = Field(default=100, ge=1)
    """Calls of one company that may run at once, trials included."""
    max_trials: int = Field(default=20, ge=1)
    """Trial calls of one company that may run at once."""


SettingsT = TypeVar("SettingsT", bound=BaseSettings)


def read(kind: type[SettingsT], **values: Any) -> SettingsT:  # Any: whatever the class takes
    """The settings of one concern; `values` win over the environment. Raises SettingsInvalid: name and reason."""
    _check_file()
    try:
        return kind(**values)
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0]) if first["loc"] else kind.__name__
        prefix = str(kind.model_config.get("env_prefix", ""))
        name = field if field.startswith(prefix) or field.isupper() else f"{prefix}{field}".upper()
        raise SettingsInvalid(name=name, **_reason(first)) from error
    except SettingsError as error:
        name = str(kind.model_config.get("env_prefix", "")) + "*"
        raise SettingsInvalid(name=name, reason="other", said=str(error)) from error


def read_all() -> None:
    """Reads every concern, so that a wrong setting is said before anything starts. Raises SettingsInvalid."""
    for kind in _kinds():
        read(kind)


def _kinds() -> list[type[BaseSettings]]:
    return [kind for kind in BaseSettings.__subclasses__() if kind.__module__ == __name__]


_REASONS = {
    "int_parsing": "integer",
    "int_parsing_size": "integer",
    "int_from_float": "integer",
    "int_type": "integer",
    "bool_parsing": "boolean",
    "bool_type": "boolean",
    "time_delta_parsing": "duration",
    "time_delta_type": "duration",
    "greater_than": "duration",  # nothing else has an open bound
}
"""pydantic's kind of error -> last part of `error.setting.<reason>`; _reason knows those with facts."""


def _reason(error: ErrorDetails) -> dict[str, object]:
    """The facts `reason`, and what its sentence names. Never the value: it may be a secret."""
    kind, facts = error["type"], error.get("ctx", {})
    bounds = {"greater_than_equal": ("at_least", "ge"), "less_than_equal": ("at_most", "le")}
    if kind in {"list", "short_key", "address"}:
        return {"reason": kind, **facts}
    if kind in _REASONS:
        return {"reason": _REASONS[kind]}
    if kind == "literal_error":
        return {"reason": "one_of", "expected": str(facts["expected"]).replace("'", "").replace(" or ", ", ")}
    if kind in bounds:
        reason, limit = bounds[kind]
        return {"reason": reason, "limit": facts[limit]}
    return {"reason": "other", "said": error["msg"]}


_COMPOSE = frozenset({"OTKLIK_OWNER_PASSWORD", "OTKLIK_APP_PASSWORD"})
"""Names that docker-compose.yml takes from the same `.env` and turns into settings of ours."""


def _names() -> Iterator[str]:
    for kind in _kinds():
        for field, info in kind.model_fields.items():
            if isinstance(info.validation_alias, AliasChoices):
                yield from (str(choice) for choice in info.validation_alias.choices)
            yield f"{kind.model_config.get('env_prefix', '')}{field}".upper()


def _check_file() -> None:
    """Nothing in `.env` is passed over in silence: a line that sets nothing and an unknown OTKLIK_* are errors."""
    file = str(env_file.FILE)
    try:
        settings = list(env_file.written())
    except IsADirectoryError as error:
        raise SettingsInvalid(name=file, reason="file_folder") from error
    except UnicodeDecodeError as error:
        raise SettingsInvalid(name=file, reason="file_not_text") from error
    except OSError as error:
        raise SettingsInvalid(name=file, reason="file_unreadable", said=error.strerror or str(error)) from error
    known = {*_names(), *_COMPOSE}
    for one in settings:
        if one.name is None:
            raise SettingsInvalid(name=file, reason="file_line", line=one.line)
        name = one.name.upper()
        if name.startswith("OTKLIK_") and name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.7)
            facts = {"reason": "file_unknown_near", "near": near[0]} if near else {"reason": "file_unknown"}
            raise SettingsInvalid(name=file, line=one.line, unknown=one.name, **facts)
