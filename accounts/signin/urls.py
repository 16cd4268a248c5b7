"""The addresses of sign-in and of the page Users."""

from django.urls import path

from accounts.signin import user_views, views

urlpatterns = [
    path("sign-in/", views.sign_in_page, name="sign_in"),
    path("sign-in/<str:secret>", views.sign_in_link_page, name="sign_in_link"),
    path("sign-out/", views.sign_out_page, name="sign_out"),
    path("password/", views.password_page, name="password"),
    path("users/", user_views.users, name="users"),
    path("users/new/", user_views.user_new, name="user_new"),
    path("users/<uuid:pk>/", user_views.user_page, name="user"),
    path("users/<uuid:pk>/role/", user_views.user_role, name="user_role"),
    path("users/<uuid:pk>/deactivate/", user_views.user_deactivate, name="user_deactivate"),
    path("users/<uuid:pk>/reactivate/", user_views.user_reactivate, name="user_reactivate"),
    path("users/<uuid:pk>/link/", user_views.user_link, name="user_link"),
]
