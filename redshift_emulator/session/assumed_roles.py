"""The privilege ASSUMEROLE: which IAM roles a user may use for COPY and UNLOAD.

https://docs.aws.amazon.com/redshift/latest/dg/r_GRANT-usage-notes.html
"""

from collections.abc import Sequence

from redshift_emulator.language.errors import RedshiftError
from redshift_emulator.language.fill import fill
from redshift_emulator.session.session import Session

_MAY = "SELECT pg_internal.may_assume_role(current_user, {arn}, {command})"


def chain(session: Session, arns: Sequence[str]) -> str:
    """Return the text of a chain of roles; none is the default role of the cluster."""
    return ",".join(arns or session.settings.iam_roles[:1])


def require_assumerole(session: Session, arns: Sequence[str], command: str) -> None:
    """Refuse a command, such as ``COPY``, with roles that the user may not use for it."""
    arn = chain(session, arns)
    if session.query(fill(_MAY, arn=arn, command=command)) != [("t",)]:
        message = f'User {session.user} does not have ASSUMEROLE permission on IAM role "{arn}"'
        raise RedshiftError(f"{message} for {command}", sqlstate="42501")
