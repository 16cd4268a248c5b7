"""The addresses of the directory."""

from django.urls import path

from accounts.directory import views

urlpatterns = [
    path("people/", views.people, name="people"),
    path("people/<uuid:pk>/", views.person, name="person"),
]
