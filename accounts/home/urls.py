"""The addresses of the first page."""

from django.urls import path

from accounts.home import views

urlpatterns = [
    path("", views.home, name="home"),
    path("first-administrator/", views.first_admin, name="first_admin"),
]
