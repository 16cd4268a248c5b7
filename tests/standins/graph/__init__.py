"""Microsoft Graph on loopback, behind the tenant's TLS: strict, throttling, with knobs for trouble."""

from tests.standins.graph.router import Graph

__all__ = ["Graph"]
