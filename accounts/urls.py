"""The addresses of this app."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("accounts.home.urls")),
    path("", include("accounts.entra.urls")),
    path("", include("accounts.signin.urls")),
    path("", include("accounts.directory.urls")),
    path("", include("accounts.imports.urls")),
]
