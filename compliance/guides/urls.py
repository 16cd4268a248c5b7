"""The addresses of guides, below /guides/."""

from django.urls import path

from compliance.guides import edit_views, views

urlpatterns = [
    path("", views.guides, name="guides"),
    path("new/", edit_views.guide_new, name="guide_new"),
    path("<slug:slug>/", views.guide, name="guide"),
    path("<slug:slug>/draft/", edit_views.guide_draft, name="guide_draft"),
    path("<slug:slug>/<int:number>/", views.guide, name="guide_version"),
    path("<slug:slug>/<int:number>/preview/", views.guide_preview, name="guide_preview"),
    path("<slug:slug>/<int:number>/changes/", views.guide_compare, name="guide_compare"),
    path("<slug:slug>/<int:number>/copy/", edit_views.guide_copy, name="guide_copy"),
    path("<slug:slug>/<int:number>/edit/", edit_views.guide_edit, name="guide_edit"),
    path("<slug:slug>/<int:number>/language/", edit_views.guide_language, name="guide_language"),
    path(
        "<slug:slug>/<int:number>/text/<slug:language>/", edit_views.guide_text, name="guide_text"
    ),
    path("<slug:slug>/<int:number>/publish/", edit_views.guide_publish, name="guide_publish"),
    path("<slug:slug>/<int:number>/discard/", edit_views.guide_discard, name="guide_discard"),
]
