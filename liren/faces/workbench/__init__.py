"""The staff's face (工作台): the desk frame, its navigation, the omnibox and the home page "today"."""
