"""A time-stamp authority of OpenSSL's, with certificates of its own, behind a local server."""

import subprocess
from pathlib import Path

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

_SETTINGS = """\
[tsa]
default_tsa = this
[this]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
other_policies = 1.2.3.4.2
digests = {digests}
accuracy = secs:1
ordering = no
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""
_EXTENSIONS = """\
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
"""
_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]


def openssl(*arguments: object) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["openssl", *map(str, arguments)], capture_output=True, check=False)


class Authority:
    """Certificates in ``folder``; ``root`` is what a verifier trusts. ``with_root`` puts it into replies too."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = folder / "ca.pem"
        self.asked: list[bytes] = []
        (folder / "serial").write_text("01\n")
        (folder / "extensions").write_text(_EXTENSIONS)
        self._make("req", "-x509", *_KEY, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=Root")
        self._make("req", *_KEY, "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/O=Somebody/CN=Time stamps")
        signed = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "extensions")
        self._make("x509", "-req", "-in", "tsa.csr", *signed, "-out", "tsa.pem")

    def reply(self, query: bytes, *, with_root: bool = True, digests: str = "sha256") -> bytes:
        """The reply to a query (DER), as ``openssl ts`` makes it."""
        (self.folder / "query").write_bytes(query)
        certs = f"certs = {self.folder}/ca.pem\n" if with_root else ""
        (self.folder / "settings").write_text(_SETTINGS.format(folder=self.folder, digests=digests) + certs)
        self._make("ts", "-reply", "-config", "settings", "-queryfile", "query", "-out", "reply")
        return (self.folder / "reply").read_bytes()

    def serve(self, server: HTTPServer, path: str = "/tsr", **settings: object) -> str:
        """Answer queries at the server's ``path``; the address."""

        def answer(request: Request) -> Response:
            self.asked.append(request.get_data())
            return Response(self.reply(self.asked[-1], **settings), content_type="application/timestamp-reply")

        server.expect_request(path, method="POST").respond_with_handler(answer)
        return server.url_for(path)

    def verify(self, reply: Path, data: Path) -> subprocess.CompletedProcess[bytes]:
        """What an outsider's ``openssl ts -verify`` says."""
        return openssl("ts", "-verify", "-data", data, "-in", reply, "-CAfile", self.root)

    def _make(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=self.folder, capture_output=True, check=True)
