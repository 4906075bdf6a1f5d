//! What Hob does for the user, free of any protocol: offsets in, text out.

pub mod answer;
pub mod apply;
pub mod builtin;
pub mod chat;
pub mod commands;
pub mod complete;
pub mod context;
pub mod debounce;
pub mod document;
pub mod edit;
pub mod engine;
pub mod fim;
pub mod found;
pub mod gate;
pub mod generation;
pub mod indexes;
pub mod meaning;
pub mod place;
pub mod prompt;
pub mod reason;
pub mod region;
pub mod repository;
pub mod roles;
pub mod stop;
pub mod syntax;
pub mod trim;
