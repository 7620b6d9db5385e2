"""roomful: a real-time room server. One room, every protocol."""
