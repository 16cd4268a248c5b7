"""The addresses of imports."""

from django.urls import path

from accounts.imports import microsoft_views, views

urlpatterns = [
    path("imports/", views.imports, name="imports"),
    path("imports/new/", views.import_upload_page, name="import_upload"),
    path("imports/microsoft/", microsoft_views.microsoft_people, name="microsoft_people"),
    path("imports/microsoft/rules/", microsoft_views.microsoft_rules, name="microsoft_rules"),
    path("imports/microsoft/read/", microsoft_views.microsoft_read, name="microsoft_read"),
    path("imports/<uuid:pk>/", views.import_page, name="import"),
    path("imports/<uuid:pk>/columns/", views.import_columns, name="import_columns"),
    path("imports/<uuid:pk>/again/", views.import_again, name="import_again"),
    path("imports/<uuid:pk>/apply/", views.import_apply_page, name="import_apply"),
    path("imports/<uuid:pk>/discard/", views.import_discard_page, name="import_discard"),
    path("imports/<uuid:pk>/remarks.csv", views.import_remarks, name="import_remarks"),
]
