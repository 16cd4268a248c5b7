"""What every page's frame needs to know."""

from django.conf import settings
from django.http import HttpRequest


def frame(_request: HttpRequest) -> dict[str, object]:
    """Context for the frame: the company's name and the product's version."""
    return {"company_name": settings.COMPANY_NAME, "version": settings.VERSION}
