//! Chat: what goes into a prompt beside the messages.

pub mod attachment;
pub mod context;
pub mod map;
