"""The embedded engine behind HTTP, for programs that speak DynamoDB's API in any language."""

from dynalayer.server.limits import Limits, Missing
from dynalayer.server.running import Server, serve

__all__ = ["Limits", "Missing", "Server", "serve"]
