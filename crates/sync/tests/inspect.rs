//! An inspection tells people what the sources have, and leaves everything else as it is.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;

use support::Region;
use zen_edge_sync::{Announcement, CachedOptions, inspect};

#[test]
fn an_inspection_asks_the_sources_themselves_and_keeps_nothing() {
    let mut region = Region::new(&["eu"]);
    region.publish("pricing", "1");
    let mut options = support::options(&region.world, &region.publisher);
    options.cached = Some(CachedOptions::default());
    let ports = region.world.ports();
    let mut asked = Vec::new();
    for version in ["1", "2"] {
        region.publish("pricing", version);
        let found = region.world.clock.run(inspect(&options, &ports, None));
        let found = found.unwrap();
        assert_eq!(found.refusal, None);
        assert_eq!(found.source.as_deref(), Some("eu"));
        let Announcement::Release { version: told, .. } = &found.projects["pricing"] else {
            panic!("it is refused: {found:?}");
        };
        assert_eq!(told.as_deref(), Some(version));
        asked.push(region.asked().len());
    }
    // A cache that is configured neither stands in for a source nor learns from it.
    assert_eq!(asked[0], asked[1]);
    assert_eq!(region.world.cache.writes(), 0);
    assert_eq!(region.version("pricing"), None);
}
