"""The pages of one-stop service at the desk: the list, the sheet of a case and its verbs, taking in, links."""
