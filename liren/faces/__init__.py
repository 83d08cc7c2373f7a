"""Floor 7: what people see first: frames, navigation, home pages."""
