//! The house rules that a program can check. CONTRIBUTING.md has the others.

#[path = "tidy/dependencies.rs"]
mod dependencies;
#[path = "tidy/sources.rs"]
mod sources;
#[path = "tidy/toolchain.rs"]
mod toolchain;
