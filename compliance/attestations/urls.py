"""The addresses that employees open; they stand at the root, because they are mailed."""

from django.urls import path, re_path

from compliance.attestations import sso_views, views

urlpatterns = [
    path("a/<str:token>", views.answer, name="answer"),
    path("a/<str:token>/code", views.code, name="answer_code"),
    path("a/<str:token>/sign-in", sso_views.answer_sign_in, name="answer_sign_in"),
    path("a/<str:token>/receipt/<int:number>", views.receipt, name="receipt"),
    path("a/<str:token>/receipt/<int:number>.txt", views.receipt_text, name="receipt_text"),
    path("a/<str:token>/data", views.data, name="my_data"),
    path("a/<str:token>/data.json", views.data_json, name="my_data_json"),
    # 18 digits fit the ledger's numbers; what is longer is no receipt.
    re_path(
        r"^receipt/(?P<seq>[1-9][0-9]{0,17})-(?P<hash_start>[0-9a-f]{16})$",
        views.receipt_check,
        name="receipt_check",
    ),
]
