"""What the environment may say about Microsoft Entra, and what is refused."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from environs import Env

from config.entra import entra, local_sign_in, sign_in_places

GUID = "11111111-2222-3333-4444-555555555555"
WHOLE = {"ENTRA_TENANT_ID": GUID, "ENTRA_CLIENT_ID": GUID, "ENTRA_SECRET": "secret"}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in WHOLE.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_nothing_set_means_no_tenant(monkeypatch: pytest.MonkeyPatch) -> None:
    assert entra(Env()) == {}
    assert local_sign_in(Env(), {}) is True


def test_a_browser_may_be_led_to_the_tenant_and_to_a_server_of_the_companys_own(
    environment: pytest.MonkeyPatch,
) -> None:
    """Left out the second: fails, a browser stays where it is when the tenant leads on at once."""
    assert sign_in_places({}) == []
    assert sign_in_places(entra(Env())) == ["https://login.microsoftonline.com"]
    environment.setenv("ENTRA_FEDERATION_URL", "https://adfs.example.com/")
    assert sign_in_places(entra(Env()))[1:] == ["https://adfs.example.com"]


@pytest.mark.parametrize(
    ("cloud", "login", "graph"),
    [
        ("global", "https://login.microsoftonline.com", "https://graph.microsoft.com"),
        ("usgov", "https://login.microsoftonline.us", "https://graph.microsoft.us"),
        (
            "china",
            "https://login.partner.microsoftonline.cn",
            "https://microsoftgraph.chinacloudapi.cn",
        ),
    ],
)
def test_each_cloud_has_its_addresses(
    environment: pytest.MonkeyPatch, cloud: str, login: str, graph: str
) -> None:
    environment.setenv("ENTRA_CLOUD", cloud)
    found = entra(Env())
    assert (found["login_url"], found["graph_url"]) == (login, graph)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("ENTRA_TENANT_ID", "example.com", "must be the identifier"),
        ("ENTRA_TENANT_ID", "common", "must be the identifier"),
        ("ENTRA_CLIENT_ID", "", "ENTRA_CLIENT_ID must be the identifier"),
        ("ENTRA_CLOUD", "moon", "one of global, usgov, china"),
        ("ENTRA_SECRET", "", "needs one credential"),
        ("ENTRA_CERTIFICATE_FILE", "/nowhere.pem", "cannot be read"),
        ("ENTRA_CA_FILE", "/nowhere.pem", "cannot be read"),
        ("ENTRA_LOGIN_URL", "http://login.example.com", "must be an address like https://"),
        ("ENTRA_GRAPH_URL", "https://graph.example.com/v1.0", "without a path"),
    ],
)
def test_a_mistake_is_said_with_its_variable(
    environment: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    environment.setenv(name, value)
    with pytest.raises(ImproperlyConfigured, match=words):
        entra(Env())


def test_two_credentials_stand_in_the_order_of_trying(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "key.pem"
    path.write_text("pem")
    environment.setenv("ENTRA_CERTIFICATE_FILE", str(path))
    found = entra(Env())["credentials"]
    assert [name for name, _ in found] == ["ENTRA_CERTIFICATE_FILE", "ENTRA_SECRET"]
    environment.setenv("ENTRA_SECRET_OLD", "older")
    with pytest.raises(ImproperlyConfigured, match="ENTRA_SECRET_OLD"):
        entra(Env())


def test_a_secret_may_lie_in_a_file(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("from the file\n")
    environment.setenv("ENTRA_SECRET_FILE", str(path))
    assert entra(Env())["credentials"] == [("ENTRA_SECRET", "from the file")]


def test_the_last_way_in_cannot_be_turned_off(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("LOCAL_SIGN_IN", "off")
    assert local_sign_in(Env(), entra(Env())) is False
    with pytest.raises(ImproperlyConfigured, match="leaves no way in"):
        local_sign_in(Env(), {})
