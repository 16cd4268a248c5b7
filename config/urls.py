"""Every address of the product; tests/architecture lists who may open each."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import include, path

from accounts.signin.access import public
from config.health import health
from config.sample.views import sample_company


@public
def healthz(_request: HttpRequest) -> JsonResponse:
    """For load balancers: 200 while the database answers, else 503."""
    report = health()
    return JsonResponse(report, status=200 if report["ok"] else 503)


def csrf_failure(request: HttpRequest, **_reason: str) -> HttpResponse:
    """The calm page for a form that was open too long or came from elsewhere."""
    return render(request, "403_csrf.html", status=403)


urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("sample-company", sample_company, name="sample_company"),
    path("", include("accounts.urls")),
    path("", include("compliance.urls")),
    path("", include("reports.urls")),
]
if settings.MAIL_CATCHER_DIR:
    urlpatterns.append(path("dev/mail/", include("config.devmail.urls")))
