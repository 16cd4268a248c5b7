"""The addresses of Microsoft Entra."""

from django.urls import path

from accounts.entra import page_views, views

urlpatterns = [
    path("sign-in/microsoft/", views.microsoft_begin, name="microsoft_begin"),
    path("sign-in/microsoft/back", views.microsoft_back, name="microsoft_back"),
    path("sign-in/microsoft/signed-out", views.microsoft_signed_out, name="microsoft_signed_out"),
    path("sign-in/microsoft/left", views.microsoft_left, name="microsoft_left"),
    path("sign-in/microsoft/connect", views.microsoft_connect, name="microsoft_connect"),
    path("microsoft/", page_views.microsoft, name="microsoft"),
    path("microsoft/check/", page_views.microsoft_check, name="microsoft_check"),
]
