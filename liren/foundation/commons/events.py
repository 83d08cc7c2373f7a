"""Facts that the room announces."""

from dataclasses import dataclass

from liren.base.action import Event


@dataclass(frozen=True, slots=True)
class MessagesSent(Event):
    """Messages were put into the inboxes of people; a copy by SMS or web push starts here."""

    message_ids: tuple[int, ...]
