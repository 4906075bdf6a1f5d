//! The handlers: parameters in, a call of `assist`, a result out. One file for each group of methods.

pub(crate) mod ask;
pub(crate) mod chat;
pub(crate) mod code_action;
pub(crate) mod commands;
pub(crate) mod configuration;
pub(crate) mod documents;
pub(crate) mod edit;
pub(crate) mod events;
pub(crate) mod found;
pub(crate) mod index;
pub(crate) mod inline_completion;
pub(crate) mod lifecycle;
pub(crate) mod messages;
pub(crate) mod offers;
pub(crate) mod vectors;
pub(crate) mod work;
