"""The bundle itself."""

import pytest

from tests.reports.evidence.conftest import Bundled
from tests.reports.scenario import Scenario

pytestmark = pytest.mark.both


def test_try(story: Scenario, bundled: Bundled) -> None:
    bundle = bundled(story)
    import shutil
    shutil.copy(bundle.path, "/tmp/B-bundle.zip")
    print(bundle.names)
