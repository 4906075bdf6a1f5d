//! What Hob does for the user, free of any protocol: offsets in, text out.

pub mod fim;
pub mod stop;
pub mod syntax;
pub mod trim;
