"""The addresses of sending."""

from django.urls import path

from compliance.reminders import views

urlpatterns = [
    path("sending/", views.sending, name="sending"),
    path("sending/release/", views.sending_release, name="sending_release"),
    path("messages/<uuid:pk>/resend/", views.message_resend, name="message_resend"),
    path("messages/<uuid:pk>/write-off/", views.message_write_off, name="message_write_off"),
]
