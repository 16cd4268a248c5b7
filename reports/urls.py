"""The addresses of this app."""

from django.urls import include, path

from reports import views

urlpatterns = [
    path("exports/", views.exports, name="exports"),
    path("exports/verify.py", views.verifier, name="verifier"),
    path("exports/new", views.export_request, name="export_request"),
    path("exports/", include("reports.quarters.urls")),
    path("exports/<uuid:export_id>/", views.export, name="export"),
    path("exports/<uuid:export_id>/again", views.export_again, name="export_again"),
    path("exports/<uuid:export_id>/download", views.export_download, name="export_download"),
]
