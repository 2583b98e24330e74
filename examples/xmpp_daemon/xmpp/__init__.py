"""A small XMPP library: just what the gateway needs, in the manner of the well-known one."""
from .client import Client
from .protocol import JID, Iq, Message, Presence

__all__ = ["JID", "Client", "Iq", "Message", "Presence"]
