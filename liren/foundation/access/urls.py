"""Addresses of the room."""

from django.urls import path, re_path

from liren.foundation.access.pages import account, journal, link, officers, signing, tokens

app_name = "access"
urlpatterns = [
    path("sign-in", signing.sign_in, name="sign_in"),
    path("sign-in/code", signing.code, name="code"),
    path("sign-out", signing.sign_out, name="sign_out"),
    path("welcome", account.welcome, name="welcome"),
    path("demo/tray", signing.tray, name="tray"),
    path("me", account.me, name="me"),
    path("me/settings", account.settings, name="settings"),
    path("me/link", link.link, name="link"),
    path("me/link/<int:pk>/withdraw", link.withdraw, name="withdraw_link"),
    path("desk/sign-in", signing.desk_sign_in, name="desk_sign_in"),
    path("desk/sign-in/code", signing.desk_code, name="desk_code"),
    path("desk/account", account.desk_account, name="desk_account"),
    path("desk/account/password", account.password, name="password"),
    path("desk/account/second-factor", account.second_factor, name="second_factor"),
    path("desk/accounts", officers.accounts, name="accounts"),
    path("desk/accounts/new", officers.new_account, name="new_account"),
    path("desk/accounts/phone/unlock", officers.unlock_phone, name="unlock_phone"),
    path("desk/accounts/<int:pk>/unlock", officers.unlock, name="unlock"),
    path("desk/accounts/<int:pk>/second-factor", officers.reset_second_factor, name="reset_second_factor"),
    re_path(
        r"^desk/accounts/(?P<pk>[0-9]{1,19})/(?P<verb>password|close|reopen)$",
        officers.account_act,
        name="account_act",
    ),
    path("desk/appointments", officers.appointments, name="appointments"),
    path("desk/appointments/new", officers.new_appointment, name="new_appointment"),
    path("desk/appointments/<int:pk>/end", officers.end_appointment, name="end_appointment"),
    path("desk/tokens", tokens.own, name="tokens"),
    path("desk/tokens/new", tokens.ask, name="ask_token"),
    re_path(r"^desk/tokens/(?P<pk>[0-9]{1,19})/(?P<verb>draw|end)$", tokens.act, name="token_act"),
    path("desk/token-requests", tokens.requests, name="token_requests"),
    path("desk/token-requests/<int:pk>", tokens.request_page, name="token_request"),
    re_path(
        r"^desk/token-requests/(?P<pk>[0-9]{1,19})/(?P<verb>allow|refuse|revoke)$", tokens.answer, name="answer_token"
    ),
    path("desk/journal", journal.journal, name="journal"),
    path("desk/journal/export", journal.export, name="export_journal"),
]
