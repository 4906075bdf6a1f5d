//! `hob chat`: questions about the codebase.

mod commands;
mod conversation;
mod editor;
mod history;
mod keys;
mod markdown;
mod screen;
mod turn;
mod view;
