"""The operator API's certificate: read anew when its file has changed, because certificates are replaced while servers run."""

from __future__ import annotations

from pathlib import Path

import grpc

from sextant.core.errors import SettingsInvalid


class Certificate:
    """A certificate chain and its key in two files of PEM."""

    def __init__(self, chain: Path, key: Path) -> None:
        """Read both. Raises SettingsInvalid that names the file."""
        self._chain, self._key = chain, key
        self._read_at: tuple[int, int] = (0, 0)
        self._known = self._read()

    def credentials(self) -> grpc.ServerCredentials:
        """Return what the server listens with."""
        # Nothing stands for "as before", which the stub does not know.
        return grpc.dynamic_ssl_server_credentials(self._known, self.newest, False)  # type: ignore[arg-type]  # see above

    def newest(self) -> grpc.ServerCertificateConfiguration | None:
        """Return the certificate for a new connection; nothing where the known one still holds, also when the new one cannot be read."""
        try:
            if self._stamp() == self._read_at:
                return None
            self._known = self._read()
        except (OSError, SettingsInvalid):
            return None
        return self._known

    def _read(self) -> grpc.ServerCertificateConfiguration:
        try:
            self._read_at = self._stamp()
            return grpc.ssl_server_certificate_configuration(
                [(self._key.read_bytes(), self._chain.read_bytes())]
            )
        except OSError as error:
            raise SettingsInvalid(f"operator certificate {error.filename}: {error.strerror}") from None

    def _stamp(self) -> tuple[int, int]:
        return self._chain.stat().st_mtime_ns, self._key.stat().st_mtime_ns
