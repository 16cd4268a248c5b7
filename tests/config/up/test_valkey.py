"""The embedded broker is real, keeps what it is given, and lets nobody in without the password."""

import stat
from pathlib import Path

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from config.up.ports import LOOPBACK, Ports
from config.up.processes import Part
from config.up.supervisor import Supervisor
from config.up.valkey import broker_url, valkey

PASSWORD = 'a "quoted" password'


@pytest.fixture
def broker(supervisor: Supervisor, tmp_path: Path) -> tuple[Part, int]:
    """The embedded broker and its port, in a folder with a space in its name."""
    port = Ports(tmp_path / "ports.json").choose("valkey", preferred=0)
    part = valkey(folder=tmp_path / "the broker", port=port, password=PASSWORD)
    supervisor.start(part)
    supervisor.wait_ready("valkey")
    return part, port


def test_the_broker_wants_its_password(broker: tuple[Part, int]) -> None:
    once = Retry(NoBackoff(), 0)
    with (
        redis.Redis(host=LOOPBACK, port=broker[1], retry=once) as nobody,
        pytest.raises(redis.AuthenticationError),
    ):
        nobody.ping()


def test_what_the_broker_was_given_survives_a_restart(
    broker: tuple[Part, int], supervisor: Supervisor
) -> None:
    """Fails without `appendonly yes`."""
    part, port = broker
    with redis.Redis.from_url(broker_url(port=port, password=PASSWORD)) as client:
        client.lpush("queue", "look now")
    supervisor.stop()
    supervisor.start(part)
    supervisor.wait_ready("valkey")
    with redis.Redis.from_url(broker_url(port=port, password=PASSWORD)) as client:
        assert client.lrange("queue", 0, -1) == [b"look now"]


def test_the_password_is_for_its_owner_alone(broker: tuple[Part, int], tmp_path: Path) -> None:
    config = tmp_path / "the broker" / "valkey.conf"
    assert stat.S_IMODE(config.stat().st_mode) == 0o600
    assert not any(PASSWORD in word for word in broker[0].argv)
