//! An element of the page that a component wants to reach, once it is there.

use std::marker::PhantomData;

use leptos::html::ElementType;
use leptos::prelude::*;
use leptos::tachys::html::node_ref::NodeRefContainer;
use leptos::tachys::renderer::CastFrom;
use leptos::tachys::renderer::types::Element;

/// As leptos's `NodeRef`, whose whole machinery is made anew for each kind of element; these share one. Cheap to copy.
#[derive(Debug)]
pub struct ElementRef<E> {
    cell: RwSignal<Option<Element>, LocalStorage>,
    kind: PhantomData<fn() -> E>,
}

impl<E> ElementRef<E> {
    /// Nothing yet.
    pub fn new() -> Self {
        Self { cell: cell(), kind: PhantomData }
    }

    /// The element as it is, and follows it.
    pub fn element(self) -> Option<Element> {
        tracked(self.cell)
    }
}

impl<E> ElementRef<E>
where
    E: ElementType,
    E::Output: CastFrom<Element>,
{
    /// The element, and follows it.
    pub fn get(self) -> Option<E::Output> {
        E::Output::cast_from(tracked(self.cell)?)
    }

    /// The element; also after whoever has made this is gone.
    pub fn get_untracked(self) -> Option<E::Output> {
        E::Output::cast_from(untracked(self.cell)?)
    }
}

#[inline(never)]
fn cell() -> RwSignal<Option<Element>, LocalStorage> {
    RwSignal::new_local(None)
}

#[inline(never)]
fn tracked(cell: RwSignal<Option<Element>, LocalStorage>) -> Option<Element> {
    cell.get()
}

#[inline(never)]
fn untracked(cell: RwSignal<Option<Element>, LocalStorage>) -> Option<Element> {
    cell.try_get_untracked().flatten()
}

#[inline(never)]
fn fill(cell: RwSignal<Option<Element>, LocalStorage>, element: Element) {
    cell.set(Some(element));
}

impl<E: ElementType> NodeRefContainer<E> for ElementRef<E> {
    fn load(self, element: &Element) {
        fill(self.cell, element.clone());
    }
}

impl<E> Default for ElementRef<E> {
    fn default() -> Self {
        Self::new()
    }
}

// By hand: derived, they would ask the same of the kind of element.
impl<E> Clone for ElementRef<E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for ElementRef<E> {}
