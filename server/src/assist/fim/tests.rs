//! Exact prompts of every family.
