//! What must hold for all bundles and for all bytes.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;

use proptest::prelude::*;
use support::{brms, streamed, zip};
use zen_edge_bundle::{Access, Bundle, Limits, Packer, Tokens};

/// A damaged bundle is refused, or is harmless: it says the same as the sound one.
fn harmless(bytes: &[u8], sound: &Bundle) {
    if let Ok(bundle) = Bundle::read(bytes, &Limits::default()) {
        assert!(bundle.documents().eq(sound.documents()));
        assert_eq!(bundle.identity(), sound.identity());
        assert_eq!(bundle.access(), sound.access());
    }
}

fn samples() -> Vec<Vec<u8>> {
    let bundle = Bundle::read(&zip(&brms()), &Limits::default()).unwrap();
    let (packed, _) = Packer::from_bundle(&bundle)
        .pack(&Limits::default())
        .unwrap();
    let streamed = zip(&[streamed("a", "{}", true), streamed("é", "[]", false)]);
    vec![zip(&brms()), packed, streamed]
}

#[test]
fn every_flipped_bit_is_refused_or_harmless() {
    for bytes in samples() {
        let sound = Bundle::read(&bytes, &Limits::default()).unwrap();
        for index in 0..bytes.len() {
            for bit in 0..8 {
                let mut damaged = bytes.clone();
                damaged[index] ^= 1 << bit;
                harmless(&damaged, &sound);
            }
        }
    }
}

#[test]
fn every_truncation_is_refused() {
    for bytes in samples() {
        for end in 0..bytes.len() {
            assert!(
                Bundle::read(&bytes[..end], &Limits::default()).is_err(),
                "{end}"
            );
        }
    }
}

fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<i64>().prop_map(|n| n.to_string()),
        any::<String>().prop_map(|text| serde_json::Value::from(text).to_string()),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6)
                .prop_map(|items| format!("[{}]", items.join(","))),
            prop::collection::btree_map("[a-z]{1,9}", inner, 0..6).prop_map(|members| {
                let members: Vec<_> = members
                    .iter()
                    .map(|(name, value)| format!("\"{name}\": {value}"))
                    .collect();
                format!("{{{}}}", members.join(", "))
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn what_is_packed_is_read_back(
        documents in prop::collection::btree_map("[a-zé]{1,3}(/[a-z. ]{2,5}[a-z]){0,3}", json(), 0..8),
        names in prop::collection::vec(prop::option::of(any::<String>()), 7),
        tokens in prop::option::of(prop::collection::btree_set(any::<String>(), 0..4)),
    ) {
        let mut packer = Packer::new();
        for (path, json) in &documents {
            packer.insert(path.as_str(), json.as_str());
        }
        let identity = &mut packer.identity;
        let slots = [
            &mut identity.version, &mut identity.project.id, &mut identity.project.key,
            &mut identity.release.id, &mut identity.release.commit_id,
            &mut identity.environment.name, &mut identity.deployment.created_at,
        ];
        for (slot, name) in slots.into_iter().zip(names) {
            *slot = name;
        }
        if let Some(tokens) = &tokens {
            packer.access = Access::Tokens(Tokens::from_iter(tokens));
        }
        let (bytes, bundle) = packer.pack(&Limits::default()).unwrap();
        prop_assert_eq!(&Packer::from_bundle(&bundle), &packer);
        prop_assert_eq!(&packer.pack(&Limits::default()).unwrap().0, &bytes);
        for token in tokens.iter().flatten() {
            prop_assert_eq!(bundle.access().allows(token), !token.is_empty());
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        let _ = Bundle::read(&bytes, &Limits::default());
    }

    #[test]
    fn damage_is_refused_or_harmless(
        sample in 0..3usize,
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in prop::option::of((any::<prop::sample::Index>(), any::<prop::sample::Index>())),
    ) {
        let mut bytes = samples().swap_remove(sample);
        for (index, byte) in damage {
            let index = index.index(bytes.len());
            bytes[index] = byte;
        }
        if let Some((a, b)) = cut {
            let (a, b) = (a.index(bytes.len()), b.index(bytes.len()));
            bytes.drain(a.min(b)..a.max(b));
        }
        let _ = Bundle::read(&bytes, &Limits::default()).map(|bundle| bundle.tests());
    }
}
