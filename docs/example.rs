//! A file that somebody is writing, to try `hob complete` on: it is not part of the program.

use std::fmt;

/// A place in a file.
struct Place {
    line: usize,
    column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, 
}
