"""Logs that name what failed and where, and nobody: no messages of exceptions, no addresses."""

import sys
import traceback
from typing import Any

import structlog
from celery.signals import task_failure
from django.core.signals import got_request_exception
from django.dispatch import receiver
from django.http import HttpRequest
from structlog.typing import EventDict, WrappedLogger

TASK_LOGGER = "celery.app.trace"
_log = structlog.get_logger(__name__)


def failure_places(error: BaseException) -> list[str]:
    """The types and places of an exception and its causes, without their messages.

    A message may quote data: PostgreSQL's "Key (email)=(…) already exists" does.
    """
    places = []
    for kind, frames in _chain(error):
        places += [kind, *(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames)]
    return places


def _chain(error: BaseException | None) -> list[tuple[str, traceback.StackSummary]]:
    if error is None:
        return []
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    earlier = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return [(kind, traceback.extract_tb(error.__traceback__)), *_chain(earlier)]


def exception_render(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """The structlog processor that replaces `exc_info` by types and places."""
    exc_info = event.pop("exc_info", None)
    if exc_info is True:
        exc_info = sys.exc_info()
    error = exc_info[1] if isinstance(exc_info, tuple) else exc_info
    if isinstance(error, BaseException):
        event["failure"] = failure_places(error)
    return event


@receiver(got_request_exception)
def request_failed(request: HttpRequest, **_signal: Any) -> None:
    """A page that ends in "500": Django would log its path, which may hold a personal link."""
    match = request.resolver_match
    _log.error("page failed", view=match.view_name if match else "", exc_info=True)


# Celery publishes no types.
@task_failure.connect  # type: ignore[untyped-decorator]
def task_failed(sender: Any, exception: BaseException, **_signal: Any) -> None:
    """A task that raised: Celery would log the exception's message."""
    _log.error("task failed", task=sender.name, exc_info=exception)
