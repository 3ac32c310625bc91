//! Messages of the queue: read, and put aside.

use crate::bindings::now;
use js_sys::{Array, JSON, Object, Reflect};
use std::time::Duration;
use wasm_bindgen::{JsCast as _, JsValue};
use worker::worker_sys::{Message, MessageBatch};
use worker::{Env, QueueContentType, RawMessageBuilder};
use zen_edge_replicate::{Delivery, Error, dead_letter};

/// The wait before a message is tried again that could not be put aside.
const AGAIN: Duration = Duration::from_secs(60);

/// The messages of a batch.
///
/// # Errors
/// If the platform does not give what it documents.
pub(crate) fn read(batch: &MessageBatch) -> Result<Vec<(Message, Delivery)>, JsValue> {
    let messages: Array = batch.messages()?;
    let delivery = |message: JsValue| {
        let message: Message = message.unchecked_into();
        let body = JSON::stringify(&message.body()?).unwrap_or_default();
        let attempts = Reflect::get(&message, &JsValue::from_str("attempts"))?;
        let delivery = Delivery {
            body: body.into(),
            attempts: attempts.as_f64().map_or(1, |attempts| attempts as u32),
        };
        Ok((message, delivery))
    };
    messages.iter().map(delivery).collect()
}

/// Has a message delivered again, after this time.
pub(crate) fn retry(message: &Message, delay: Duration, error: &Error) -> Result<(), JsValue> {
    let kind = error.kind().code();
    let seconds = delay.as_secs();
    worker::console_warn!("zen-edge replicator: {kind}, again in {seconds} s: {error}");
    let options = Object::new();
    Reflect::set(&options, &"delaySeconds".into(), &(seconds as f64).into())?;
    message.retry(options.into())
}

/// Puts a message into the queue `DEAD_LETTERS` with the reason. Without that, or if that fails, it is
/// delivered again until the platform's own dead letter queue takes it.
pub(crate) async fn put_aside(
    env: &Env,
    message: &Message,
    delivery: &Delivery,
    error: &Error,
) -> Result<(), JsValue> {
    let kind = error.kind().code();
    worker::console_error!("zen-edge replicator: {kind}, given up: {error}");
    match send(env, delivery, error).await {
        Ok(()) => message.ack(),
        Err(failure) => {
            worker::console_error!("zen-edge replicator: DEAD_LETTERS: {failure}");
            retry(message, AGAIN, error)
        }
    }
}

async fn send(env: &Env, delivery: &Delivery, error: &Error) -> worker::Result<()> {
    let queue = env.queue("DEAD_LETTERS")?;
    let letter = JSON::parse(&dead_letter(delivery, error, now())?)?;
    let message = RawMessageBuilder::new(letter).build_with_content_type(QueueContentType::Json);
    queue.send_raw(message).await
}
