"""The addresses of this app."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("guides/", include("compliance.guides.urls")),
    path("", include("compliance.campaigns.urls")),
    path("", include("compliance.launch.urls")),
    path("", include("compliance.reminders.urls")),
    path("", include("compliance.retention.urls")),
    path("", include("compliance.attestations.urls")),
]
