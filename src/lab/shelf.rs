//! Things one experiment made and another can use: a recording, a trained network.

use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

/// A shelf of named things, shared by the runs of one session.
///
/// It is a cache and never a hidden input: a thing's name is the recipe that made it, so finding
/// it here only spares making it again.
///
/// ```
/// use attractor_lab::lab::Shelf;
///
/// let shelf = Shelf::default();
/// shelf.put("ring-record?seed=7", vec![1, 2, 3]);
/// assert_eq!(shelf.get("ring-record?seed=7").as_deref(), Some(&[1, 2, 3][..]));
/// assert!(shelf.get("ring-record?seed=8").is_none());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Shelf(Rc<RefCell<BTreeMap<String, Rc<[u8]>>>>);

impl Shelf {
    /// Most things kept; the oldest name in alphabetical order makes room for a new one.
    const PLACES: usize = 4;

    /// Keeps `bytes` under `name`, in place of what stood there.
    pub fn put(&self, name: &str, bytes: Vec<u8>) {
        let mut things = self.0.borrow_mut();
        things.insert(name.into(), bytes.into());
        while things.len() > Self::PLACES {
            let first = things.keys().find(|kept| *kept != name).cloned();
            things.remove(&first.unwrap_or_default());
        }
    }

    /// What is kept under `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Rc<[u8]>> {
        self.0.borrow().get(name).cloned()
    }
}
