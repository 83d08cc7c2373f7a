"""Addresses of the room."""

from django.urls import path

from liren.registry.pages import corrections, duplicates, giving, links, lists, own, reading, writing

app_name = "registry"
urlpatterns = [
    path("me/record", own.record, name="own-record"),
    path("me/record/copy", giving.own, name="own-copy"),
    path("me/record/<slug:item>", own.ask, name="ask-correction"),
    path("me/corrections/<int:pk>/withdraw", own.withdraw, name="withdraw-correction"),
    path("me/looks", own.looks, name="own-looks"),
    path("desk/duplicates", duplicates.listing, name="duplicates"),
    path("desk/duplicates/find", duplicates.find, name="find-duplicates"),
    path("desk/duplicates/<int:pk>", duplicates.review, name="duplicate"),
    path("desk/duplicates/<int:pk>/merge", duplicates.merge, name="merge"),
    path("desk/duplicates/<int:pk>/apart", duplicates.apart, name="tell-apart"),
    path("desk/merges", duplicates.merged, name="merges"),
    path("desk/merges/<int:pk>", duplicates.undo, name="undo-merge"),
    path("desk/corrections", corrections.queue, name="corrections"),
    path("desk/corrections/<int:pk>", corrections.correction, name="correction"),
    path("desk/corrections/<int:pk>/accept", corrections.accept, name="accept-correction"),
    path("desk/corrections/<int:pk>/refuse", corrections.refuse, name="refuse-correction"),
    path("desk/people/", reading.people, name="people"),
    path("desk/people/export", giving.people, name="export"),
    path("desk/people/check", reading.check_number, name="check-number"),
    path("desk/people/new", writing.register, name="register"),
    path("desk/people/<int:pk>", reading.person, name="person"),
    path("desk/people/<int:pk>/correct", writing.correct_person, name="correct-person"),
    path("desk/people/<int:pk>/export", giving.person, name="give-file"),
    path("desk/people/<int:pk>/unmask", writing.unmask, name="unmask"),
    path("desk/people/<int:pk>/invite", links.invite, name="invite"),
    path("desk/people/<int:pk>/categories", lists.person, name="person-lists"),
    path("desk/categories", lists.overview, name="lists"),
    path("desk/categories/differences", lists.found_otherwise, name="list-differences"),
    path("desk/categories/<slug:code>", lists.listing, name="list"),
    path("desk/categories/<slug:code>/export", lists.export, name="export-list"),
    path("desk/categories/<slug:code>/what-if", lists.what_if, name="what-if"),
    path("desk/people/<int:pk>/<slug:verb>", writing.record, name="record"),
    path("desk/links", links.links, name="links"),
    path("desk/links/<int:pk>/confirm", links.confirm, name="confirm-link"),
    path("desk/links/<int:pk>/refuse", links.refuse, name="refuse-link"),
    path("desk/facts/<int:pk>/correct", writing.correct_fact, name="correct-fact"),
    path("desk/households/new", writing.open_household, name="open-household"),
    path("desk/households/<int:pk>", reading.household, name="household"),
    path("desk/households/<int:pk>/members", writing.add_member, name="add-member"),
]
