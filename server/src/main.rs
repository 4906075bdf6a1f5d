//! The binary: arguments, logging, which command; nothing else.

fn main() {}
