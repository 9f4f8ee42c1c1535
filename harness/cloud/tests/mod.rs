//! Tests of the client against a server on loopback.
