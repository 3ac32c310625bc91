//! Where records of decisions go: a queue, or an Analytics Engine dataset.

mod point;

use super::Thrown;
use crate::configuration::DecisionLogTarget;
use js_sys::{Array, JSON, Object, Promise, Reflect};
use point::Point;
use send_wrapper::SendWrapper;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use worker::Env;
use zen_edge_http::DecisionRecord;

/// What Queues accept in one batch.
const BATCH_MESSAGES: usize = 100;
/// What Queues accept in one batch is 256 KB; what surrounds a message counts, too.
const BATCH_BYTES: usize = 200 * 1024;

#[wasm_bindgen]
extern "C" {
    type Binding;

    #[wasm_bindgen(method, catch, js_name = sendBatch)]
    fn send_batch(this: &Binding, messages: &Array) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch, js_name = writeDataPoint)]
    fn write_data_point(this: &Binding, point: &Object) -> Result<JsValue, JsValue>;
}

/// Takes records of decisions.
pub struct DecisionSink {
    binding: SendWrapper<Binding>,
    kind: Kind,
}

#[derive(Clone, Copy)]
enum Kind {
    Queue,
    Analytics,
}

/// Records that were not taken, and are lost.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{records} records of decisions are lost: {words}")]
pub struct NotSent {
    records: usize,
    words: String,
}

impl DecisionSink {
    /// The sink of a binding that was there when the configuration was checked.
    pub(super) fn open(target: &DecisionLogTarget, env: &Env) -> Self {
        let name = JsValue::from_str(target.binding());
        let binding = Reflect::get(env.as_ref(), &name).unwrap_or(JsValue::UNDEFINED);
        Self {
            binding: SendWrapper::new(binding.unchecked_into()),
            kind: match target {
                DecisionLogTarget::Queue(_) => Kind::Queue,
                DecisionLogTarget::Analytics(_) => Kind::Analytics,
            },
        }
    }

    /// Sends records: a queue's consumer gets each as the JSON of [`DecisionRecord::into_json`], a
    /// dataset gets data points (`point.rs`). For after the answer.
    ///
    /// # Errors
    /// [`NotSent`], for what nobody took. It is not sent again: it is a log, not a ledger.
    pub async fn send(&self, records: Vec<DecisionRecord>) -> Result<(), NotSent> {
        let records = records.into_iter().map(DecisionRecord::into_json);
        let records = records.filter_map(|json| String::from_utf8(json).ok());
        let mut failed = None::<NotSent>;
        let mut lost = |count: usize, thrown: Thrown| {
            let failed = failed.get_or_insert(NotSent {
                records: 0,
                words: thrown.words,
            });
            failed.records += count;
        };
        match self.kind {
            Kind::Queue => {
                for batch in batches(records.collect()) {
                    let count = batch.len();
                    if let Err(thrown) = self.queue(batch).await {
                        lost(count, thrown);
                    }
                }
            }
            Kind::Analytics => {
                for record in records {
                    let point = Point::of(&record);
                    if let Err(thrown) = self.write(&point) {
                        lost(1, thrown);
                    }
                }
            }
        }
        match failed {
            Some(failed) => Err(failed),
            None => Ok(()),
        }
    }

    async fn queue(&self, batch: Vec<String>) -> Result<(), Thrown> {
        let messages = Array::new();
        for record in batch {
            let message = Object::new();
            set(&message, "body", &JSON::parse(&record)?)?;
            set(&message, "contentType", &JsValue::from_str("json"))?;
            messages.push(&message);
        }
        JsFuture::from(self.binding.send_batch(&messages)?).await?;
        Ok(())
    }

    fn write(&self, point: &Point) -> Result<(), Thrown> {
        let texts = |texts: &[String]| -> Array {
            texts.iter().map(|text| JsValue::from_str(text)).collect()
        };
        let doubles: Array = point
            .doubles
            .iter()
            .copied()
            .map(JsValue::from_f64)
            .collect();
        let object = Object::new();
        set(
            &object,
            "indexes",
            &texts(std::slice::from_ref(&point.index)),
        )?;
        set(&object, "blobs", &texts(&point.blobs))?;
        set(&object, "doubles", &doubles)?;
        self.binding.write_data_point(&object)?;
        Ok(())
    }
}

fn set(object: &Object, name: &str, value: &JsValue) -> Result<(), JsValue> {
    Reflect::set(object, &JsValue::from_str(name), value).map(|_| ())
}

/// Records in batches that a queue accepts.
fn batches(records: Vec<String>) -> Vec<Vec<String>> {
    let mut batches: Vec<Vec<String>> = Vec::new();
    let mut bytes = 0;
    for record in records {
        let fits = bytes + record.len() <= BATCH_BYTES;
        bytes += record.len();
        match batches.last_mut() {
            Some(batch) if fits && batch.len() < BATCH_MESSAGES => batch.push(record),
            _ => {
                bytes = record.len();
                batches.push(vec![record]);
            }
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(batches: &[Vec<String>]) -> Vec<usize> {
        batches.iter().map(Vec::len).collect()
    }

    #[test]
    fn batches_are_no_larger_than_queues_accept() {
        assert!(batches(vec![]).is_empty());
        assert_eq!(sizes(&batches(vec!["a".to_owned(); 250])), [100, 100, 50]);
        let large = "a".repeat(90 * 1024);
        assert_eq!(sizes(&batches(vec![large; 5])), [2, 2, 1]);
        let whole = "a".repeat(BATCH_BYTES);
        assert_eq!(sizes(&batches(vec![whole, "a".to_owned()])), [1, 1]);
    }
}
