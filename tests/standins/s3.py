"""A strict S3 on loopback: single puts with their checksum, gets, heads and deletes in one bucket."""

import base64
import hashlib
import hmac
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import quote

KEY, SECRET, BUCKET = "an-access-key", "a-secret-key", "evidence"


class S3:
    """`with S3() as s3:` — `s3.url` is its EVIDENCE_STORAGE_URL, `s3.objects` what it holds."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.broken = False  # answers 503 to everything
        self.deaf = False  # as an old service: does not know If-None-Match
        self.refused: list[str] = []

    @property
    def url(self) -> str:
        return f"s3://{BUCKET}/audits/2026?endpoint=http://127.0.0.1:{self.port}&region=eu-north-1"

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(
            ("127.0.0.1", 0), type("Bound", (_Handler,), {"s3": self})
        )
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    s3: S3
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
        if not self._may():
            return
        if self.headers.get("x-amz-checksum-sha256") != digest:
            self._answer(400, code="BadDigest")
        elif (
            self.headers.get("If-None-Match") == "*"
            and self._name in self.s3.objects
            and not self.s3.deaf
        ):
            self._answer(412, code="PreconditionFailed")
        else:
            self.s3.objects[self._name] = body
            self._answer(200)

    def do_GET(self) -> None:
        if self._may():
            body = self.s3.objects.get(self._name)
            self._answer(404, code="NoSuchKey") if body is None else self._answer(200, body)

    do_HEAD = do_GET  # noqa: N815 - the name that http.server wants

    def do_DELETE(self) -> None:
        if self._may():
            self.s3.objects.pop(self._name, None)
            self._answer(204)

    @property
    def _name(self) -> str:
        return self.path.partition("?")[0].removeprefix(f"/{BUCKET}/")

    def _may(self) -> bool:
        if self.s3.broken:
            self._answer(503, code="SlowDown")
            return False
        if not self.path.startswith(f"/{BUCKET}/") or not self._signed():
            self.s3.refused.append(self.path)
            self._answer(403, code="SignatureDoesNotMatch")
            return False
        return True

    def _signed(self) -> bool:
        """Signature version 4, computed anew from what arrived."""
        scheme, _, rest = self.headers.get("Authorization", "").partition(" ")
        fields = dict(part.strip().split("=", 1) for part in rest.split(","))
        access, *scope = fields.get("Credential", "").split("/")
        if scheme != "AWS4-HMAC-SHA256" or access != KEY:
            return False
        names = fields["SignedHeaders"].split(";")
        lines = [f"{name}:{' '.join(self.headers[name].split())}" for name in names]
        path, _, query = self.path.partition("?")
        payload = self.headers["x-amz-content-sha256"]
        request = "\n".join(
            [self.command, quote(path, safe="/%~"), query, *lines, "", ";".join(names), payload]
        )
        hashed = hashlib.sha256(request.encode()).hexdigest()
        text = "\n".join([scheme, self.headers["x-amz-date"], "/".join(scope), hashed])
        key = f"AWS4{SECRET}".encode()
        for part in scope:
            key = hmac.digest(key, part.encode(), "sha256")
        return hmac.compare_digest(
            hmac.digest(key, text.encode(), "sha256").hex(), fields["Signature"]
        )

    def _answer(self, status: int, body: bytes = b"", code: str = "") -> None:
        if code:
            body = f"<Error><Code>{code}</Code><Message>{code}</Message></Error>".encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
