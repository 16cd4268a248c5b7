"""What one run consists of: which parts are embedded, where they stand, what they are told."""

import os
from contextlib import ExitStack
from pathlib import Path

from environs import Env

from config.environment import Secrets
from config.up import parts
from config.up.ports import LOOPBACK, Ports, exact_socket
from config.up.processes import Part
from config.up.valkey import broker_url, valkey

WEB_PORT, SMTP_PORT, VALKEY_PORT = 8000, 1025, 6390


class Plan:
    """The parts of a run and the environment they share.

    What the operator has set stands: with a `CELERY_BROKER_URL` no broker is started, with an
    `EMAIL_URL` no mail catcher. `embedded` starts first, `once` runs to its end, `own` follows.
    """

    def __init__(self, data_dir: Path, *, port: int | None) -> None:
        """Opens the sockets. Raises PortTakenError when `port` is asked for and not free."""
        self._data_dir = data_dir
        self._ports = Ports(data_dir / "ports.json")
        self._sockets = ExitStack()
        self.env = dict(os.environ)
        self.embedded: list[Part] = []
        self.once = [parts.command("migrate", "--no-input")]
        self.own: list[Part] = []
        self._plan_folders()
        self._plan_broker()
        self._plan_mail()
        self._plan_programs(port)

    @property
    def address(self) -> str:
        """Where people find this Optrail."""
        return self.env["PUBLIC_URL"]

    @property
    def mail_folder(self) -> Path | None:
        """Where caught mails are filed; None when the operator has a mail server."""
        folder = self.env.get("MAIL_CATCHER_DIR")
        return Path(folder) if folder else None

    def close(self) -> None:
        """Closes the listening sockets."""
        self._sockets.close()

    def _plan_folders(self) -> None:
        temporary = self._data_dir / "tmp"
        temporary.mkdir(exist_ok=True)
        self.env |= {"OPTRAIL_DATA_DIR": str(self._data_dir), "TMPDIR": str(temporary)}
        self.env |= {"PYTHONUNBUFFERED": "1", "DJANGO_SETTINGS_MODULE": "config.settings"}

    def _plan_broker(self) -> None:
        if self.env.get("CELERY_BROKER_URL"):
            return
        secrets = Secrets(Env(), local=True, folder=self._data_dir / "secrets")
        password = secrets.get("VALKEY_PASSWORD")
        port = self._ports.choose("valkey", preferred=VALKEY_PORT)
        self.embedded.append(valkey(folder=self._data_dir / "valkey", port=port, password=password))
        self.env["CELERY_BROKER_URL"] = broker_url(port=port, password=password)

    def _plan_mail(self) -> None:
        if self.env.get("EMAIL_URL"):
            self.env.pop("MAIL_CATCHER_DIR", None)
            return
        folder = self._data_dir / "mail"
        folder.mkdir(exist_ok=True)
        listener = self._sockets.enter_context(self._ports.listen("mail", preferred=SMTP_PORT))
        self.embedded.append(parts.catcher(listener, folder))
        self.env["EMAIL_URL"] = f"smtp://{LOOPBACK}:{listener.getsockname()[1]}"
        self.env["MAIL_CATCHER_DIR"] = str(folder)

    def _plan_programs(self, port: int | None) -> None:
        listener = exact_socket(port) if port else self._ports.listen("web", preferred=WEB_PORT)
        self._sockets.enter_context(listener)
        self.own = [parts.web(listener), parts.worker(), parts.beat(self._data_dir)]
        self.env.setdefault("DEBUG", "1")
        self.env.setdefault("PUBLIC_URL", f"http://{LOOPBACK}:{listener.getsockname()[1]}")
