"""The addresses around a launch."""

from django.urls import path

from compliance.launch import views

urlpatterns = [
    path("campaigns/<int:pk>/preflight/", views.campaign_preflight, name="campaign_preflight"),
    path("campaigns/<int:pk>/launch/", views.campaign_launch, name="campaign_launch"),
    path("campaigns/<int:pk>/test-mail/", views.campaign_test_mail, name="campaign_test_mail"),
    path("sample-company/", views.sample_company, name="sample_company"),
]
