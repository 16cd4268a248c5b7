"""The directory's own stage: a Graph behind the tenant."""

from collections.abc import Iterator

import pytest

from tests.standins.entra import Realm
from tests.standins.graph import Graph


@pytest.fixture
def graph(realm: Realm) -> Iterator[Graph]:
    """The tenant's Graph; a client that exceeds its limits, or comes back too early, fails."""
    realm.graph = graph = Graph(realm)
    yield graph
    assert not graph.limits.violations
