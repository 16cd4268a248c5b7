"""The addresses of campaigns and of the people in them."""

from django.urls import path

from compliance.campaigns import decision_views, draft_views, views

urlpatterns = [
    path("campaigns/", views.campaigns, name="campaigns"),
    path("campaigns/new/", draft_views.campaign_new, name="campaign_new"),
    path("campaigns/<int:pk>/", views.campaign, name="campaign"),
    path("campaigns/<int:pk>/edit/", draft_views.campaign_edit, name="campaign_edit"),
    path("campaigns/<int:pk>/discard/", draft_views.campaign_discard, name="campaign_discard"),
    path("campaigns/<int:pk>/people/", views.campaign_people, name="campaign_people"),
    path("campaigns/<int:pk>/pause/", decision_views.campaign_pause, name="campaign_pause"),
    path("campaigns/<int:pk>/resume/", decision_views.campaign_resume, name="campaign_resume"),
    path("campaigns/<int:pk>/close/", decision_views.campaign_close, name="campaign_close"),
    path("campaigns/<int:pk>/extend/", decision_views.campaign_extend, name="campaign_extend"),
    path("assignments/<uuid:pk>/", views.assignment, name="assignment"),
    path("assignments/<uuid:pk>/show/", decision_views.assignment_show, name="assignment_show"),
    path(
        "assignments/<uuid:pk>/revoke/", decision_views.assignment_revoke, name="assignment_revoke"
    ),
]
