"""The pages, in Chromium: what people see, hear and can do."""
