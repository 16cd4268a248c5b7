"""An Entra tenant on loopback: TLS, strict by the published contract, with knobs for everything bad."""

from tests.standins.entra.realm import Person, Realm
from tests.standins.entra.server import realm_open

__all__ = ["Person", "Realm", "realm_open"]
