//! Things one experiment made and another can use: a recording, a trained network.

use super::Material;
use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

/// A shelf of named things, shared by the runs of one session.
///
/// It is a cache and never a hidden input: a thing's name is the recipe that made it, so finding
/// it here only spares making it again. Beside these things lies the [`Material`] that the visitor
/// opened, by fingerprint: a recipe says which it needs.
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
pub struct Shelf {
    things: Things<String>,
    materials: Things<Material>,
}

type Things<Name> = Rc<RefCell<BTreeMap<Name, Rc<[u8]>>>>;

impl Shelf {
    /// Most things kept; the oldest name in alphabetical order makes room for a new one.
    const PLACES: usize = 4;

    /// Keeps `bytes` under `name`, in place of what stood there.
    pub fn put(&self, name: &str, bytes: Vec<u8>) {
        let mut things = self.things.borrow_mut();
        things.insert(name.into(), bytes.into());
        while things.len() > Self::PLACES {
            let first = things.keys().find(|kept| *kept != name).cloned();
            things.remove(&first.unwrap_or_default());
        }
    }

    /// What is kept under `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Rc<[u8]>> {
        self.things.borrow().get(name).cloned()
    }

    /// Keeps material that the visitor opened, and names it. It stays until the session ends.
    #[must_use = "a link knows it by this name"]
    pub fn open(&self, bytes: Vec<u8>) -> Material {
        let material = Material::of(&bytes);
        self.materials.borrow_mut().insert(material, bytes.into());
        material
    }

    /// The bytes of opened material.
    #[must_use]
    pub fn material(&self, material: Material) -> Option<Rc<[u8]>> {
        self.materials.borrow().get(&material).cloned()
    }
}
