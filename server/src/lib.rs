//! Hob: a language server that completes code with local models, and the same engine on the command line.
//!
//! The module list is the table of contents; ARCHITECTURE.md says how they meet.

pub mod assist;
pub mod cli;
pub mod config;
pub mod display;
pub mod lsp;
pub mod model;
pub mod thoughts;
