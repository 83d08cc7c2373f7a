"""Addresses of the room."""

from django.urls import path

from liren.foundation.policies import pages

app_name = "policies"
urlpatterns = [
    path("desk/policies", pages.show_library, name="library"),
    path("desk/policies/<int:pack_id>", pages.show_pack, name="pack"),
    path("desk/policies/<int:pack_id>/adopt", pages.adopt_pack, name="adopt"),
    path("desk/policies/items/<int:item_id>", pages.show_item, name="item"),
    path("desk/policies/adoptions/<int:adoption_id>/end", pages.end_adopted, name="end"),
]
