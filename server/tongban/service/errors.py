"""What a use case raises when it cannot answer; `web/errors.py` turns each into a page and a problem detail."""

from __future__ import annotations

from tongban.engine.problem import Problem
from tongban.service.views import CaseView


class ServiceError(Exception):
    """Base of everything raised here on purpose. `code` is a key of the catalogues."""

    code = "service.error"


class NotFound(ServiceError):
    """No such thing, or not for this person: both look the same from outside."""

    code = "service.not_found"


class Denied(ServiceError):
    """The person sees the thing but may not do this."""

    code = "service.denied"


class SignInNeeded(ServiceError):
    """Nobody is signed in, or the session ended."""

    code = "service.sign_in"


class Conflict(ServiceError):
    """The case moved on since the person looked at it. `view` shows where it stands now."""

    code = "service.conflict"

    def __init__(self, view: CaseView | None = None, seq: int = 0) -> None:
        super().__init__(self.code)
        self.view = view
        self.seq = seq


class Refused(ServiceError):
    """The input is wrong; every problem at once."""

    code = "service.refused"

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(f"{p.at} {p.code}" for p in problems))
        self.problems = problems


class Throttled(ServiceError):
    """Too many tries. `seconds` until the next one."""

    code = "service.throttled"

    def __init__(self, seconds: int) -> None:
        super().__init__(f"{seconds} s")
        self.seconds = seconds
