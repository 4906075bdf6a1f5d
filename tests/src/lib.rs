//! What the tests of Hob share.
