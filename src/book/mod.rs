//! How this laboratory is built, and how to add to it. Every code block here is tested.
#![doc = include_str!("architecture.md")]

/// How to add a task, an experiment, an analysis; and what a review looks for.
#[doc = include_str!("contributing.md")]
pub mod contributing {}

/// How the code is written.
#[doc = include_str!("style.md")]
pub mod style {}

/// What was decided, why, and what it costs. Never edited, only superseded.
#[doc = include_str!("decisions/0001-one-crate.md")]
#[doc = include_str!("decisions/0002-a-run-is-a-stepped-state.md")]
#[doc = include_str!("decisions/0003-a-link-holds-every-knob.md")]
#[doc = include_str!("decisions/0004-figures-are-data.md")]
#[doc = include_str!("decisions/0005-own-generator.md")]
#[doc = include_str!("decisions/0006-two-builds.md")]
#[doc = include_str!("decisions/0007-burn-first-in-the-plain-form.md")]
#[doc = include_str!("decisions/0008-single-precision-trains-double-analyses.md")]
#[doc = include_str!("decisions/0009-a-fingerprint-is-the-hash-of-the-state.md")]
#[doc = include_str!("decisions/0010-node-scripts-drive-the-build.md")]
#[doc = include_str!("decisions/0011-hands-share-nothing.md")]
#[doc = include_str!("decisions/0012-one-scan-no-fused-sums.md")]
#[doc = include_str!("decisions/0013-opened-files-are-known-by-their-contents.md")]
#[doc = include_str!("decisions/0014-networks-travel-under-the-originals-names.md")]
#[doc = include_str!("decisions/0015-a-task-is-a-trial-written-alone.md")]
#[doc = include_str!("decisions/0016-one-kernel-two-ways-to-share-it.md")]
pub mod decisions {}
