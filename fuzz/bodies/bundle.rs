//! Reads any bytes as a bundle, and packs again what could be read.

use zen_edge_bundle::{Bundle, ErrorKind, Limits, Packer};

/// Panics if the reader does, or if what was read is not what is packed.
pub(crate) fn run(data: &[u8]) {
    const KIB: u64 = 1024;
    let limits = Limits {
        total_bytes: 256 * KIB,
        entry_bytes: 64 * KIB,
        ..Limits::default()
    };
    let Ok(bundle) = Bundle::read(data, &limits) else {
        return;
    };
    let tests = bundle.tests();
    match Packer::from_bundle(&bundle).pack(&limits) {
        Ok((_, again)) => {
            assert!(bundle.documents().eq(again.documents()));
            assert_eq!(bundle.identity(), again.identity());
            assert_eq!(bundle.access(), again.access());
            assert_eq!(tests, again.tests());
        }
        Err(error) => assert!(
            matches!(error.kind(), ErrorKind::LimitExceeded(_)),
            "{error}"
        ),
    }
}
