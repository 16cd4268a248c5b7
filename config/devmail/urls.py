"""Routes of the mail catcher's pages; included only when MAIL_CATCHER_DIR is set."""

from django.urls import path, register_converter

from config.devmail import views


class MailIdConverter:
    """The id of a caught mail: a time stamp and eight random hexadecimal digits."""

    regex = r"\d{8}T\d{12}-[0-9a-f]{8}"

    def to_python(self, value: str) -> str:
        """The id as it stands in the address."""
        return value

    def to_url(self, value: str) -> str:
        """The id as it stands in the address."""
        return value


register_converter(MailIdConverter, "mail_id")

urlpatterns = [
    path("", views.mails, name="dev_mails"),
    path("<mail_id:mail_id>/", views.mail, name="dev_mail"),
    path("<mail_id:mail_id>/html/", views.mail_html, name="dev_mail_html"),
    path("<mail_id:mail_id>/raw/", views.mail_raw, name="dev_mail_raw"),
]
