//! Tests of the model layer against the scripted model server.
