"""The pure core: definitions, rules, statechart, decisions. No clock, no I/O."""
