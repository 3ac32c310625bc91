//! The simplest client that does what scenarios ask for, to try scenarios and the random test on:
//! it reads a decision's answer from its document instead of evaluating it.

mod client;
mod verify;

pub(crate) use client::Clients;
