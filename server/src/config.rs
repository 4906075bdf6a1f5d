//! The configuration: options as written, settings as resolved, and where each value comes from.

pub mod settings;
