"""The addresses around a launch."""

from django.urls import path

from compliance.launch import outlook_views, policy_views, step_views, views

_REMINDERS = "campaigns/<int:pk>/reminders/"
_MAIL = f"{_REMINDERS}<int:code>/"

urlpatterns = [
    path("campaigns/<int:pk>/preflight/", views.campaign_preflight, name="campaign_preflight"),
    path("campaigns/<int:pk>/launch/", views.campaign_launch, name="campaign_launch"),
    path("campaigns/<int:pk>/test-mail/", views.campaign_test_mail, name="campaign_test_mail"),
    path("campaigns/<int:pk>/outlook/", outlook_views.campaign_outlook, name="campaign_outlook"),
    path(_REMINDERS, policy_views.campaign_reminders, name="campaign_reminders"),
    path(f"{_REMINDERS}change/", policy_views.campaign_policy, name="campaign_policy"),
    path(_MAIL, step_views.campaign_mail, name="campaign_mail"),
    path(f"{_MAIL}html/<slug:language>/", step_views.campaign_mail_html, name="campaign_mail_html"),
    path(f"{_MAIL}test/", step_views.campaign_mail_test, name="campaign_mail_test"),
    path(f"{_MAIL}words/", step_views.campaign_wording, name="campaign_wording"),
    path(
        "campaigns/people/<uuid:pk>/schedule/",
        outlook_views.assignment_schedule,
        name="assignment_schedule",
    ),
    path("sample-company/", views.sample_company, name="sample_company"),
]
