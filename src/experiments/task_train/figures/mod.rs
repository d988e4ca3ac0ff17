//! The figures of the training, a file for each.

mod loss;
mod points;
mod psychometric;
mod score;
mod spectrum;
mod table;
mod trials;
mod weights;

pub use loss::loss;
pub use points::points;
pub use psychometric::{curves, psychometric};
pub use score::score;
pub use spectrum::spectrum;
pub use table::table;
pub use trials::trials;
pub use weights::weights;
