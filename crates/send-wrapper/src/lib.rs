//! Stands in for the library of that name, which lets leptos send between threads what belongs to one: it asks, at each
//! touch, which thread it is in.
//!
//! A page has one thread. Asking which one it is brings Rust's account of threads along, and with that a second manager
//! of memory: 2.6 KB of the page for an answer that is always the same. Here it is asked only where there can be
//! another thread (tools that look at the page's code on the host).
//!
//! This is the one place of the project that needs `unsafe`.

use std::fmt;
use std::future::Future;
use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;

#[cfg(not(all(target_family = "wasm", not(target_feature = "atomics"))))]
use threads::Here;

#[cfg(all(target_family = "wasm", not(target_feature = "atomics")))]
use single::Here;

/// A value of one thread that claims to be of all.
///
/// # Panics
/// Where there is more than one thread, touching it in another one panics; dropped there, it is leaked.
pub struct SendWrapper<T> {
    value: ManuallyDrop<T>,
    here: Here,
}

// SAFETY: the value is touched and dropped only where `Here` says that this is the thread it was made in.
unsafe impl<T> Send for SendWrapper<T> {}
// SAFETY: the same.
unsafe impl<T> Sync for SendWrapper<T> {}

impl<T> SendWrapper<T> {
    /// A value of this thread.
    pub fn new(value: T) -> Self {
        Self { value: ManuallyDrop::new(value), here: Here::new() }
    }

    /// Whether this is its thread.
    pub fn valid(&self) -> bool {
        self.here.is_here()
    }

    /// The value itself.
    pub fn take(self) -> T {
        self.here.check();
        let mut this = ManuallyDrop::new(self);
        // SAFETY: `this` is neither used nor dropped any more.
        unsafe { ManuallyDrop::take(&mut this.value) }
    }
}

impl<T> Drop for SendWrapper<T> {
    fn drop(&mut self) {
        if self.valid() {
            // SAFETY: it is dropped once, here, and not used any more.
            unsafe { ManuallyDrop::drop(&mut self.value) }
        }
    }
}

impl<T: Clone> Clone for SendWrapper<T> {
    fn clone(&self) -> Self {
        Self::new((**self).clone())
    }
}

impl<T> Deref for SendWrapper<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.here.check();
        &self.value
    }
}

impl<T> DerefMut for SendWrapper<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.here.check();
        &mut self.value
    }
}

impl<T: fmt::Debug> fmt::Debug for SendWrapper<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(out)
    }
}

impl<F: Future> Future for SendWrapper<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        self.here.check();
        // SAFETY: the value is pinned where the wrapper is: only `take` moves it out, which needs one that is not.
        unsafe { self.map_unchecked_mut(|wrapper| &mut *wrapper.value) }.poll(context)
    }
}

impl<S: Stream> Stream for SendWrapper<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<S::Item>> {
        self.here.check();
        // SAFETY: as above.
        unsafe { self.map_unchecked_mut(|wrapper| &mut *wrapper.value) }.poll_next(context)
    }
}

/// One thread: nothing is asked, and nothing can be wrong.
#[cfg(all(target_family = "wasm", not(target_feature = "atomics")))]
mod single {
    pub(crate) struct Here;

    impl Here {
        pub(crate) fn new() -> Self {
            Self
        }

        #[expect(clippy::unused_self, reason = "where there are threads it is used")]
        pub(crate) fn is_here(&self) -> bool {
            true
        }

        #[expect(clippy::unused_self, reason = "where there are threads it is used")]
        pub(crate) fn check(&self) {}
    }
}

/// Several threads: a value in the wrong one is as good as none.
#[cfg(not(all(target_family = "wasm", not(target_feature = "atomics"))))]
mod threads {
    use std::thread::{self, ThreadId};

    pub(crate) struct Here(ThreadId);

    impl Here {
        pub(crate) fn new() -> Self {
            Self(thread::current().id())
        }

        pub(crate) fn is_here(&self) -> bool {
            self.0 == thread::current().id()
        }

        pub(crate) fn check(&self) {
            assert!(self.is_here(), "a value of another thread is touched");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;
    use std::task::Waker;
    use std::thread;

    use super::*;

    #[test]
    fn a_value_is_what_it_was_in_its_own_thread() {
        let mut wrapper = SendWrapper::new(Rc::new(1));
        assert!(wrapper.valid());
        *Rc::make_mut(&mut wrapper) += 1;
        assert_eq!(format!("{wrapper:?}"), "2");
        let inner = wrapper.clone().take();
        drop(wrapper);
        assert_eq!(Rc::strong_count(&inner), 1, "each was dropped once");
    }

    #[test]
    fn another_thread_cannot_touch_it_and_leaks_it() {
        let inner = Rc::new(());
        let wrapper = SendWrapper::new(Rc::clone(&inner));
        let touched = thread::spawn(move || {
            assert!(!wrapper.valid());
            let _ = wrapper.as_ref();
        });
        assert!(touched.join().is_err());
        assert_eq!(Rc::strong_count(&inner), 2, "its count was not touched from there");
    }

    #[test]
    fn what_is_to_come_comes_through_it() {
        let mut wrapper = Box::pin(SendWrapper::new(async { 7 }));
        let mut context = Context::from_waker(Waker::noop());
        assert_eq!(wrapper.as_mut().poll(&mut context), Poll::Ready(7));
    }
}
