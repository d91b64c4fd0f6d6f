"""What the installing scripts say, in Russian and English; the catalogs need packages that are not there yet."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

_RUSSIAN = (os.environ.get("OTKLIK_LANGUAGE") or os.environ.get("LC_ALL") or os.environ.get("LANG") or "").startswith(
    "ru"
)

_WORDS = {
    "uv": ("Ставлю uv {version} в .build/tools", "Installing uv {version} into .build/tools"),
    "packages": (
        "Ставлю пакеты Python (первый раз около минуты)",
        "Installing Python packages (a minute the first time)",
    ),
    "voice": (
        "Ставлю местную речь: распознаватель и английский голос, около 300 МБ, несколько минут",
        "Installing the local voice: a recogniser and an English voice, about 300 MB, some minutes",
    ),
    "node": ("Node.js не найден, ставлю его из пакета", "Node.js was not found, installing it from a package"),
    "npm": ("Ставлю пакеты npm", "Installing npm packages"),
    "front": ("Собираю страницы", "Building the front end"),
    "chromium": ("Ставлю Chromium для тестов в браузере", "Installing Chromium for the browser tests"),
    "chromium_missing": (
        "Chromium не найден: тесты в браузере пропущены. Установите chromium или укажите его в OTKLIK_CHROMIUM.",
        "Chromium was not found: browser tests are skipped. Install chromium, or name it in OTKLIK_CHROMIUM.",
    ),
    "livekit": (
        "Собираю сервер LiveKit для тестов звонков (около минуты)",
        "Building the LiveKit server for the tests of calls (about a minute)",
    ),
    "livekit_missing": (
        "Сервера LiveKit нет: тесты звонков пропущены. Установите Go (https://go.dev/dl/) и выполните make livekit.",
        "No LiveKit server: the tests of calls are skipped. Install Go (https://go.dev/dl/) and run make livekit.",
    ),
    "no_venv": (
        "У {python} нет модуля venv. Установите его: apt install python3-venv (или python3.12-venv).",
        "{python} has no venv module. Install it: apt install python3-venv (or python3.12-venv).",
    ),
    "failed": (
        "Не получилось: {command} (код {code}). Причина выше; проверьте сеть и место на диске и повторите.",
        "Failed: {command} (exit code {code}). The reason is above; check the network and the disk, then try again.",
    ),
    "no_space": (
        "На диске свободно {free} МБ, для установки нужно {needed} МБ. Освободите место и повторите.",
        "{free} MB are free on the disk and installing needs {needed} MB. Free some space and try again.",
    ),
    "no_permission": (
        "Нельзя писать в {path}. Дайте себе права на папку и повторите.",
        "{path} cannot be written. Give yourself the right to and try again.",
    ),
    "lock_old": (
        "uv.lock не соответствует pyproject.toml. Выполните make lock и закоммитьте uv.lock.",
        "uv.lock does not match pyproject.toml. Run make lock and commit uv.lock.",
    ),
    "lock_addresses": (
        "В {file} записаны адреса загрузки. Выполните make lock: там остаются только версии и хеши.",
        "{file} holds download addresses. Run make lock: it keeps versions and hashes only.",
    ),
}


def words(key: str, **facts: object) -> str:
    """The sentence of `key`."""
    return _WORDS[key][0 if _RUSSIAN else 1].format(**facts)


def say(key: str, **facts: object) -> None:
    """Prints what is being done."""
    print(words(key, **facts), flush=True)


def fail(key: str, **facts: object) -> NoReturn:
    """Ends the script with one sentence on standard error and exit code 1."""
    sys.exit(words(key, **facts))
