"""The addresses of retention, erasure and legal holds."""

from django.urls import path

from compliance.retention import decision_views, views

urlpatterns = [
    path("retention/", views.retention, name="retention"),
    path("retention/<uuid:run>/", views.erasure_certificate, name="erasure_certificate"),
    path(
        "retention/<uuid:run>/certificate.txt",
        views.erasure_certificate_text,
        name="erasure_certificate_text",
    ),
    path("people/<uuid:pk>/erase", decision_views.person_erase, name="person_erase"),
    path("people/<uuid:pk>/hold", decision_views.person_hold, name="person_hold"),
    path("campaigns/<int:pk>/hold", decision_views.campaign_hold, name="campaign_hold"),
    path("holds/<int:pk>/lift", decision_views.hold_end, name="hold_lift"),
]
