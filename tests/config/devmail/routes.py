"""The routes as they are beside a mail catcher; config.urls decides when it is imported."""

from django.urls import include, path

urlpatterns = [path("dev/mail/", include("config.devmail.urls"))]
