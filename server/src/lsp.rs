//! The protocol edge: the only place that knows LSP types.
