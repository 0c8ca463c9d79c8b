"""What a session tells its client beside results: notices, and parameters that change."""

from collections.abc import Mapping

from redshift_emulator.protocol import wire
from redshift_emulator.session.cluster import Meter
from redshift_emulator.session.error_messages import notice_fields
from redshift_emulator.session.login import parameter_status

_USER = "session_authorization"


class Reports:
    """Passes PostgreSQL's reports on to the client; ``user`` is the session's, who may change."""

    def __init__(self, client: wire.MessageStream, meter: Meter, user: str) -> None:
        self._client = client
        self._meter = meter
        self.user = user

    def notice(self, message: str, severity: str, sqlstate: str) -> None:
        """Send a notice of the emulator."""
        fields = {"S": severity, "C": sqlstate, "M": message}
        self._client.send(wire.fields_message(b"N", fields))

    def pass_notice(self, fields: Mapping[str, str]) -> None:
        """Send a notice of PostgreSQL, unless it is one for the emulator."""
        if not self._meter.cluster.takes(fields):
            self._client.send(wire.fields_message(b"N", notice_fields(fields)))

    def pass_on(self, kind: bytes, payload: bytes) -> None:
        """Send a notice or a ParameterStatus that came with the results of a client's query."""
        if kind == b"N":
            self.pass_notice(wire.error_fields(payload))
            return
        self._set_user(payload)
        self._client.send(parameter_status(payload))

    def pass_user(self, payload: bytes) -> None:
        """Send a ParameterStatus that came with the emulator's own queries if it is the user's."""
        if self._set_user(payload):
            self._client.send(parameter_status(payload))

    def _set_user(self, payload: bytes) -> bool:
        name, value = payload[:-1].decode("utf-8").split("\0", 1)
        if name == _USER:
            self.user = value
        return name == _USER
