//! Runs futures. One that needs nothing from outside ends in its first poll, without a promise, a
//! timer or a turn of the event loop. While one runs, JavaScript knows for whom: if the instance dies,
//! that is who has ended it (`js/host.js`).

use crate::host::go_on;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use wasm_bindgen::JsValue;

/// Polls a future once, now, and lets it go on by itself if that does not end it.
pub(crate) fn drive(task: &JsValue, future: impl Future<Output = ()> + 'static) {
    let mut future: Pin<Box<dyn Future<Output = ()>>> = Box::pin(future);
    let mut context = Context::from_waker(Waker::noop());
    if future.as_mut().poll(&mut context).is_pending() {
        spawn(task, future);
    }
}

/// Lets a future run by itself, from the next turn on.
pub(crate) fn spawn(task: &JsValue, future: impl Future<Output = ()> + 'static) {
    let task = task.clone();
    let future = Box::pin(future);
    wasm_bindgen_futures::spawn_local(Announced { task, future });
}

/// A future that says for whom it runs, whenever it does.
struct Announced {
    task: JsValue,
    future: Pin<Box<dyn Future<Output = ()>>>,
}

impl Future for Announced {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        go_on(&self.task);
        let polled = self.future.as_mut().poll(context);
        go_on(&JsValue::NULL);
        polled
    }
}
