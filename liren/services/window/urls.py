"""Addresses of the room."""

from django.urls import path

from liren.services.window.pages import application, catalogue, checking, following, here
from liren.services.window.pages.desk import acting, listing, sheet, taking

app_name = "window"
urlpatterns = [
    path("here", here.choose, name="here"),
    path("here/pick", here.pick, name="here-pick"),
    path("matters", catalogue.catalogue, name="catalogue"),
    path("matters/<slug:code>", catalogue.matter_page, name="matter"),
    path("matters/<slug:code>/begin", application.begin, name="begin"),
    path("cases", following.my_cases, name="cases"),
    path("cases/<int:pk>", following.case, name="case"),
    path("cases/<int:pk>/form/<slug:code>", application.step, name="step"),
    path("cases/<int:pk>/review", application.review, name="review"),
    path("cases/<int:pk>/correct", application.correct, name="correct"),
    path("cases/<int:pk>/supply", following.supply, name="supply"),
    path("cases/<int:pk>/withdraw", following.withdraw, name="withdraw"),
    path("cases/<int:pk>/rate", following.rate, name="rate"),
    path("cases/<int:pk>/receipt", following.receipt, name="receipt"),
    path("cases/<int:pk>/result", following.result, name="result"),
    path("check", checking.ask, name="check-ask"),
    path("check/document/<str:token>", checking.document, name="check-document"),
    path("check/<str:number>", checking.check, name="check"),
    path("rate/<str:token>", checking.rate_by_link, name="rate-link"),
    path("desk/cases", listing.listing, name="desk-cases"),
    path("desk/cases/export", listing.export, name="desk-export"),
    path("desk/cases/of/<int:pk>", listing.of_person, name="desk-cases-of"),
    path("desk/cases/<int:pk>", sheet.case, name="desk-case"),
    path("desk/cases/<int:pk>/receipt", sheet.receipt, name="desk-receipt"),
    path("desk/cases/<int:pk>/result", sheet.result, name="desk-result"),
    path("desk/cases/<int:pk>/<slug:verb>", acting.act, name="desk-act"),
    path("desk/take-in", taking.take_in, name="take-in"),
    path("desk/take-in/<slug:code>", taking.fill_in, name="fill-in"),
]
