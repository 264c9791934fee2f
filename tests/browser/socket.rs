//! The glue between a socket and the session.

use std::cell::RefCell;
use std::rc::Rc;

use chinwag::edge::socket::{Event, Socket};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Fake, js, json, settle, wait_for};

/// A server that greets, sends back what it is sent, hangs up when it is told `bye`, and keeps in
/// `window.leavings` with which code it was left.
fn echo() -> Fake {
    Fake::new(
        "const real = window.WebSocket;
        // Its own, since the sockets of an earlier test may still be closing.
        const leavings = window.leavings = [];
        window.WebSocket = class extends EventTarget {
            readyState = 0;
            constructor(url) {
                super();
                this.url = url;
                setTimeout(() => {
                    this.readyState = 1;
                    this.dispatchEvent(new Event('open'));
                    this.say('hello from ' + url);
                });
            }
            say(data) { this.dispatchEvent(new MessageEvent('message', { data })) }
            send(data) {
                if (this.readyState !== 1) throw new DOMException('not open', 'InvalidStateError');
                if (data === 'bye') this.end(4001);
                else if (data === 'bytes') this.say(new ArrayBuffer(3));
                else if (data === 'error') this.dispatchEvent(new Event('error'));
                else this.say(data);
            }
            close(code) {
                // As in a real one the first word counts; gloo-net says a second one.
                if (this.readyState < 2) { leavings.push(code); this.end(code) }
            }
            end(code) {
                this.readyState = 2;
                const event = new CloseEvent('close', { code, reason: '', wasClean: true });
                setTimeout(() => this.dispatchEvent(event));
            }
        };
        return () => window.WebSocket = real;",
    )
}

/// A socket and what it told.
fn open(address: &str) -> (Socket, Rc<RefCell<Vec<Event>>>) {
    let told = Rc::new(RefCell::new(Vec::new()));
    let tell = Rc::clone(&told);
    (Socket::open(address, move |event| tell.borrow_mut().push(event)), told)
}

fn frames(told: &RefCell<Vec<Event>>) -> Vec<String> {
    let text = |event: &Event| match event {
        Event::Frame(text) => text.clone(),
        Event::Closed(code) => format!("closed {code}"),
    };
    told.borrow().iter().map(text).collect()
}

#[wasm_bindgen_test]
async fn an_address_where_nobody_listens_is_told_as_closed_once() {
    let (socket, told) = open("ws://127.0.0.1:2/ws");
    wait_for("the close", || !told.borrow().is_empty()).await;
    socket.send("into the void".to_owned());
    settle().await;
    assert_eq!(*told.borrow(), [Event::Closed(1006)]);
}

#[wasm_bindgen_test]
async fn a_host_that_speaks_no_websocket_is_told_as_closed_once() {
    let host = web_sys::window().unwrap().location().host().unwrap();
    let (_socket, told) = open(&format!("ws://{host}/ws"));
    wait_for("the close", || !told.borrow().is_empty()).await;
    settle().await;
    assert_eq!(*told.borrow(), [Event::Closed(1006)]);
}

#[wasm_bindgen_test]
async fn an_address_that_the_browser_refuses_is_told_as_closed_and_not_at_once() {
    for address in ["no address", "ws://", "ws://127.0.0.1/#fragment", "ftp://127.0.0.1"] {
        let (_socket, told) = open(address);
        // Who opens it has not got it yet.
        assert_eq!(*told.borrow(), [], "{address}");
        wait_for("the close", || !told.borrow().is_empty()).await;
        settle().await;
        assert_eq!(*told.borrow(), [Event::Closed(1006)], "{address}");
    }
}

#[wasm_bindgen_test]
async fn frames_come_and_go_in_order_and_wait_for_the_opening() {
    let _server = echo();
    let (socket, told) = open("wss://chat.example/ws");
    for text in ["one", "two é 🎈", "three"] {
        socket.send(text.to_owned());
    }
    wait_for("the echo", || told.borrow().len() == 4).await;
    assert_eq!(frames(&told), ["hello from wss://chat.example/ws", "one", "two é 🎈", "three"]);
}

#[wasm_bindgen_test]
async fn a_frame_of_bytes_and_an_error_are_no_event() {
    let _server = echo();
    let (socket, told) = open("wss://chat.example");
    for text in ["bytes", "error", "after"] {
        socket.send(text.to_owned());
    }
    wait_for("the echo", || told.borrow().len() == 2).await;
    assert_eq!(frames(&told).last().unwrap(), "after");
}

#[wasm_bindgen_test]
async fn the_servers_close_is_told_with_its_code_and_is_the_last() {
    let _server = echo();
    let (socket, told) = open("wss://chat.example");
    socket.send("bye".to_owned());
    wait_for("the close", || told.borrow().len() == 2).await;
    socket.send("anybody there?".to_owned());
    settle().await;
    assert_eq!(frames(&told)[1..], ["closed 4001"]);
}

#[wasm_bindgen_test]
async fn a_dropped_socket_is_closed_and_says_nothing_more() {
    let _server = echo();
    let (socket, told) = open("wss://chat.example");
    wait_for("the greeting", || !told.borrow().is_empty()).await;
    drop(socket);
    wait_for("the close", || js("leavings.length").as_f64() == Some(1.0)).await;
    settle().await;
    assert_eq!(json("leavings"), "[1000]");
    assert_eq!(told.borrow().len(), 1, "{told:?}");
}

#[wasm_bindgen_test]
async fn what_was_sent_before_the_drop_still_goes() {
    let _server = echo();
    let (socket, told) = open("wss://chat.example");
    wait_for("the greeting", || !told.borrow().is_empty()).await;
    socket.send("last words".to_owned());
    drop(socket);
    wait_for("the close", || js("leavings.length").as_f64() == Some(1.0)).await;
    assert!(!frames(&told).contains(&"closed 1000".to_owned()), "{told:?}");
}

#[wasm_bindgen_test]
async fn a_socket_dropped_while_it_opens_is_closed() {
    let _server = echo();
    let (socket, told) = open("wss://chat.example");
    drop(socket);
    wait_for("the close", || js("leavings.length").as_f64() == Some(1.0)).await;
    settle().await;
    assert_eq!(*told.borrow(), []);
}
