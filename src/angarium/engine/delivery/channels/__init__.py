"""The channels there are, one file each."""

from __future__ import annotations

from django.utils.module_loading import import_string

from angarium.engine.delivery.channel import Channel

#: name of the channel → its class
CHANNELS = {
    "email": "angarium.engine.delivery.channels.email.Email",
    "log": "angarium.engine.delivery.channels.log.Log",
    "sms": "angarium.engine.delivery.channels.sms.Sms",
    "webhook": "angarium.engine.delivery.channels.webhook.Webhook",
}
_instances: dict[str, Channel] = {}


def channel_named(name: str) -> Channel:
    """The channel of this name, one instance for all threads. KeyError when there is none."""
    if name not in _instances:
        _instances[name] = import_string(CHANNELS[name])()
    return _instances[name]
