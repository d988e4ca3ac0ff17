//! What an independent implementation says: numbers stored with the script that made them.

#[path = "oracle/fixed_points.rs"]
mod fixed_points;
#[path = "oracle/identification.rs"]
mod identification;
#[path = "oracle/ring.rs"]
mod ring;
