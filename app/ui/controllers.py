"""Every page controller, for the web program."""

from __future__ import annotations

from litestar import Controller

from app.ui.bots import BotPages
from app.ui.call import CallPages
from app.ui.calls import CallListPages
from app.ui.companies import CompanyPages
from app.ui.demo import DemoPages, DemoReceiver
from app.ui.events import EventPages
from app.ui.messages import MessagePages
from app.ui.overview import OverviewPages
from app.ui.privacy import PrivacyPages
from app.ui.providers import ProviderPages
from app.ui.settings import SettingsPages
from app.ui.signing_in import SignInPages
from app.ui.sound import CallSound
from app.ui.spoken import TalkSockets, TalkTickets
from app.ui.trial import TrialPages
from app.ui.voice import VoicePages
from app.ui.webhooks import EndpointPages, WebhookPages

CONTROLLERS: tuple[type[Controller], ...] = (
    SignInPages,
    CompanyPages,
    OverviewPages,
    BotPages,
    TrialPages,
    VoicePages,
    TalkTickets,
    TalkSockets,
    CallListPages,
    CallPages,
    CallSound,
    WebhookPages,
    DemoPages,
    EndpointPages,
    MessagePages,
    DemoReceiver,
    SettingsPages,
    PrivacyPages,
    ProviderPages,
    EventPages,
)
