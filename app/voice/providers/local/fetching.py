"""Getting models from the hub, when a person asks for it: in pieces that are taken up again, each file by its hash."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx

from app.errors import FetchFailed
from app.settings import LocalVoiceSettings
from app.voice.providers.local import weights
from app.voice.providers.local.weights import WHISPER, Shelf, sha256_of

_TIMEOUT = httpx.Timeout(30)
_TRIES = 5
"""A connection that breaks is taken up again so often, as long as something came."""


@dataclass(frozen=True)
class RemoteFile:
    """A file of a repository on the hub, and its SHA-256 in hex."""

    name: str
    sha256: str


@dataclass(frozen=True)
class Remote:
    """A model on the hub. `what` is one of: recogniser, voice_ru, voice_en; `folder`: where its files go, beneath
    the shelf."""

    what: str
    repository: str
    revision: str
    path: str
    files: tuple[RemoteFile, ...]
    folder: str = "."


def _voice(what: str, revision: str, path: str, name: str, *, model: str, config: str) -> Remote:
    files = RemoteFile(f"{name}.onnx.json", config), RemoteFile(f"{name}.onnx", model)
    return Remote(what, "rhasspy/piper-voices", revision, path, files)


REMOTES = (
    Remote(
        "recogniser",
        "Systran/faster-whisper-base",
        "ebe41f70d5b6dfa9166e2c581c45c9c0cfc57b66",
        "",
        (
            RemoteFile("config.json", "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a"),
            RemoteFile("tokenizer.json", "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab"),
            RemoteFile("vocabulary.txt", "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913"),
            RemoteFile("model.bin", "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"),
        ),
        WHISPER,
    ),
    _voice(
        "voice_ru",
        "c10ece1aade47bb51c153c893d14e5bf8e5b7117",
        "ru/ru_RU/dmitri/medium/",
        "ru_RU-dmitri-medium",
        model="f073356ebc4bd0f80c5af58df2953a5988bd5bdab1eb38635ce960b071fbefcb",
        config="667ef3117bc642c2892dff7690d8bdc8ca4228aeaa783b2dc1416df632855e0d",
    ),
    _voice(
        "voice_en",
        "0d907f158acc877ddeebcbf827659ee13bea8bcd",
        "en/en_US/joe/medium/",
        "en_US-joe-medium",
        model="58afce0321b8d9c46d7cdf9c16500cc55a793b4220212dba6b70fb788b3baf06",
        config="3d6d5410b3795cb1950595247ef8f06190719e6fdbfa3a2356d8ec368e1aad33",
    ),
)

Progress = Callable[[str, int, int | None], None]
"""Told the file's name, its bytes here, and all its bytes, if they are known."""


def lacking(shelf: Shelf) -> list[Remote]:
    """What the hub has and this machine has not."""
    here = {voice.split("_", 1)[0] for voice in shelf.voices()}
    known = {
        "recogniser": shelf.whisper() is not None or weights.carried(),
        "voice_ru": "ru" in here,
        "voice_en": "en" in here,
    }
    return [remote for remote in REMOTES if not known[remote.what]]


def fetch(remote: Remote, shelf: Shelf, settings: LocalVoiceSettings, progress: Progress) -> None:
    """Brings a model to the shelf. Raises FetchFailed; what has come stays, and the next try goes on from there."""
    folder = shelf.own / remote.folder
    folder.mkdir(parents=True, exist_ok=True)
    base = f"{settings.hub}/{remote.repository}/resolve/{remote.revision}/{remote.path}"
    with httpx.Client(timeout=_TIMEOUT, follow_redirects=True) as client:
        for file in remote.files:  # the model itself last: it makes the rest a model
            to = folder / file.name
            if not to.exists() or sha256_of(to) != file.sha256:
                _fetch_file(client, base + file.name, file, to, progress)


def _fetch_file(client: httpx.Client, url: str, file: RemoteFile, to: Path, progress: Progress) -> None:
    part = to.with_name(to.name + ".part")
    for _ in range(_TRIES):
        before = part.stat().st_size if part.exists() else 0
        try:
            _go_on(client, url, file.name, part, progress)
        except httpx.HTTPStatusError as error:
            raise FetchFailed(file=file.name, reason="refused", said=error.response.status_code) from error
        except httpx.HTTPError as error:
            if not part.exists() or part.stat().st_size <= before:
                raise FetchFailed(file=file.name, reason="unreachable", said=str(error)) from error
            continue
        except OSError as error:
            raise FetchFailed(file=file.name, reason="disk", said=error.strerror or str(error)) from error
        if sha256_of(part) != file.sha256:
            part.unlink()
            raise FetchFailed(file=file.name, reason="wrong", said="SHA-256")
        part.replace(to)
        return
    raise FetchFailed(file=file.name, reason="unreachable", said="")


def _go_on(client: httpx.Client, url: str, name: str, part: Path, progress: Progress) -> None:
    """One request for what is not here yet."""
    have = part.stat().st_size if part.exists() else 0
    asked = {"Range": f"bytes={have}-"} if have else {}
    with client.stream("GET", url, headers=asked) as answer:
        if answer.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
            return  # all of it is here
        answer.raise_for_status()
        more = answer.status_code == httpx.codes.PARTIAL_CONTENT
        have = have if more else 0
        length = answer.headers.get("Content-Length")
        total = have + int(length) if length else None
        with part.open("ab" if more else "wb") as file:
            for chunk in answer.iter_raw():
                file.write(chunk)
                have += len(chunk)
                progress(name, have, total)
