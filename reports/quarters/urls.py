"""The addresses of quarters and standing exports."""

from django.urls import path

from reports.quarters import standing_views, views

urlpatterns = [
    path("quarters/", views.quarters, name="quarters"),
    path("quarters/rule", views.quarter_rule, name="quarter_rule"),
    path("runs/<uuid:run_id>/again", views.run_repeat, name="run_repeat"),
    path("standing/", standing_views.standing_exports, name="standing_exports"),
    path("standing/new", standing_views.standing_new, name="standing_new"),
    path("standing/<uuid:pk>/", standing_views.standing_export, name="standing_export"),
    path("standing/<uuid:pk>/edit", standing_views.standing_edit, name="standing_edit"),
    path("standing/<uuid:pk>/stop", standing_views.standing_end, name="standing_end"),
]
