//! Web pages that call.
use crate::support::{Region, Sent, evaluate, plan};
use serde_json::json;
use zen_edge_http::{Cors, Response};

const PAGE: &str = "https://app.example.com";

fn region(cors: Cors) -> Region {
    let mut region = Region::with(|setup| setup.service.cors = cors);
    region.serve(plan("1"));
    region
}

fn preflight(region: &Region, target: &str, origin: &str) -> Response {
    let sent = Sent::new("OPTIONS", target)
        .header("x-access-token", "")
        .header("origin", origin)
        .header("access-control-request-method", "POST")
        .header(
            "access-control-request-headers",
            "content-type,x-access-token",
        );
    region.send(&sent)
}

fn from(origin: &str) -> Sent {
    evaluate("decision", json!({})).header("origin", origin)
}

fn cors_headers(response: &Response) -> Vec<String> {
    let names = response
        .headers
        .iter()
        .map(|(name, _)| name.as_str().to_owned());
    names
        .filter(|name| name.starts_with("access-control") || name == "vary")
        .collect()
}

#[test]
fn without_it_no_page_may_call() {
    let region = region(Cors::Off);
    let response = region.send(&from(PAGE));
    assert_eq!(response.status, 200);
    assert!(cors_headers(&response).is_empty());
    let response = preflight(&region, "/api/rules/pricing/evaluate/decision", PAGE);
    assert_eq!(response.header("allow"), Some("POST, OPTIONS"));
    assert!(cors_headers(&response).is_empty());
}

#[test]
fn any_page_may_call_as_with_the_agent() {
    let region = region(Cors::Any);
    // Errors, too: the page is to see them.
    for sent in [
        from(PAGE),
        from(PAGE).header("x-access-token", ""),
        Sent::get("/api/nothing").header("origin", PAGE),
        Sent::get("/api/rules/pricing/evaluate/decision"),
    ] {
        let response = region.send(&sent);
        assert_eq!(response.header("access-control-allow-origin"), Some("*"));
        assert_eq!(response.header("access-control-expose-headers"), Some("*"));
        assert!(!sent.asked.borrow().contains(&"origin".to_owned()));
    }
    // The browser is to send the request whatever its answer will be.
    for target in ["/api/rules/pricing/evaluate/decision", "/api/nothing"] {
        let response = preflight(&region, target, PAGE);
        assert_eq!((response.status.as_u16(), response.body.len()), (204, 0));
        assert_eq!(response.header("access-control-allow-origin"), Some("*"));
        assert_eq!(
            response.header("access-control-allow-methods"),
            Some("GET, HEAD, POST")
        );
        assert_eq!(
            response.header("access-control-allow-headers"),
            Some("*, authorization")
        );
        assert!(response.header("access-control-max-age").is_some());
    }
}

#[test]
fn only_pages_that_are_named_may_call() {
    let other = "https://other.example.com";
    let region = region(Cors::Origins(vec![PAGE.to_owned(), other.to_owned()]));
    for (origin, is_allowed) in [
        (PAGE, true),
        (other, true),
        ("https://app.example.com.evil.test", false),
        ("http://app.example.com", false),
        ("null", false),
        ("", false),
    ] {
        for response in [
            region.send(&from(origin)),
            preflight(&region, "/api/rules/pricing/evaluate/decision", origin),
        ] {
            let expected = is_allowed.then_some(origin);
            assert_eq!(
                response.header("access-control-allow-origin"),
                expected,
                "{origin}"
            );
            let exposed = response.header("access-control-expose-headers");
            assert_eq!(exposed.is_some(), is_allowed);
            // A cache must not give one page's answer to another.
            assert_eq!(response.header("vary"), Some("origin"));
        }
    }
}
