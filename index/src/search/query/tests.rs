//! Text in, queries out.
