"""The pages in a real browser with fake devices."""
