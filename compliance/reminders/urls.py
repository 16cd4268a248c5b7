"""The addresses of sending."""

from django.urls import path

from compliance.reminders import leave_views, undeliverable, views

urlpatterns = [
    path("assignments/<uuid:pk>/leave/", leave_views.leave_record, name="leave_record"),
    path("assignments/<uuid:pk>/leave/<int:leave>/end/", leave_views.leave_end, name="leave_end"),
    path("sending/", views.sending, name="sending"),
    path("sending/stop/", views.stop, name="sending_stop"),
    path("sending/refused/<int:pk>/", views.resend_refused, name="campaign_refused"),
    path("sending/release/", views.sending_release, name="sending_release"),
    path("messages/<uuid:pk>/address/", undeliverable.message_address, name="message_address"),
    path("messages/<uuid:pk>/link/", undeliverable.message_link, name="message_link"),
    path("messages/<uuid:pk>/resend/", views.message_resend, name="message_resend"),
    path("messages/<uuid:pk>/write-off/", views.message_write_off, name="message_write_off"),
]
