//! What the tests of Hob share.

pub mod model;
