"""Whatever goes wrong, as what the client may know of it."""

from __future__ import annotations

import logging
import traceback

from live_translation import errors
from live_translation.errors import ServiceProblem
from live_translation.sessions.failures import is_service_failure

_log = logging.getLogger(__name__)


def problem_of(error: Exception) -> ServiceProblem:
    """The refusal that stands for an error; all that is not the client's doing is logged, without its message."""
    if isinstance(error, ServiceProblem):
        return error
    if is_service_failure(error):
        _log.warning("the database does not answer: %s", type(error).__name__)
        return errors.service_unavailable()
    # The message of a foreign error may hold a text, a key or an address; where it happened does not.
    places = traceback.extract_tb(error.__traceback__)[-4:]
    where = " < ".join(f"{place.name}:{place.lineno}" for place in reversed(places))
    _log.error("unexpected %s in %s", type(error).__name__, where)
    return errors.internal_error()
