"""The rule language: parse, check, and three back ends; docs/rules.md describes it."""
