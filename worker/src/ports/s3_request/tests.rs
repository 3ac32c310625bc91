use super::*;
use crate::configuration::{Configuration, StoreConfiguration, Value, Variables};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

/// Fri, 24 May 2013 00:00:00 GMT.
const MAY_24: i64 = 1_369_353_600_000;

/// The bucket of a source with these fields, read as a deployment's.
fn bucket(fields: &Json) -> S3Bucket {
    let mut source =
        json!({ "name": "eu", "type": "s3", "region": "us-east-1", "bucket": "examplebucket" });
    for (name, value) in fields.as_object().unwrap() {
        source[name] = value.clone();
    }
    let text = |text: &str| Value::Text(text.to_owned());
    let variables: Variables = [
        ("ZEN_EDGE_ENVIRONMENT", text("production")),
        ("ZEN_EDGE_TRUSTED_ROOT", text("{}")),
        ("ZEN_EDGE_SOURCES", Value::Json(json!([source]))),
        ("KEY", text("AKIAIOSFODNN7EXAMPLE")),
        ("SECRET", text("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")),
        ("TOKEN", text("session/token+")),
    ]
    .into_iter()
    .collect();
    let configuration = Configuration::read(&variables).unwrap();
    let StoreConfiguration::S3(s3) = &configuration.sources[0].store else {
        panic!("not S3");
    };
    S3Bucket::new(s3).unwrap()
}

fn aws(more: &Json) -> S3Bucket {
    let mut fields = json!({
        "endpoint": "https://s3.amazonaws.com", "accessKeyId": "KEY", "secretAccessKey": "SECRET"
    });
    for (name, value) in more.as_object().unwrap() {
        fields[name] = value.clone();
    }
    bucket(&fields)
}

#[test]
fn awss_own_example_is_signed_as_aws_says() {
    // https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
    let mut aws = aws(&json!({}));
    assert_eq!(aws.prefix, "");
    let key = std::mem::take(&mut aws.prefix) + "test.txt";
    let get = aws.bucket.get_object(aws.credentials.as_ref(), &key);
    let day = Duration::from_hours(24);
    let url = get.sign_with_time(day, &moment(MAY_24));
    assert_eq!(
        url.as_str(),
        "https://examplebucket.s3.amazonaws.com/test.txt\
         ?X-Amz-Algorithm=AWS4-HMAC-SHA256\
         &X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request\
         &X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host\
         &X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
    );
    // What is sent differs from it by how long it is good.
    let sent = aws.object("test.txt", MAY_24);
    assert!(
        sent.query().unwrap().contains("&X-Amz-Expires=900&"),
        "{sent}"
    );
    assert_eq!(sent.path(), "/test.txt");
}

#[test]
fn a_sessions_token_is_signed_too() {
    let url = aws(&json!({ "sessionToken": "TOKEN" })).object("a", MAY_24);
    let token = url
        .query_pairs()
        .find(|(name, _)| name == "X-Amz-Security-Token")
        .map(|(_, value)| value.into_owned());
    assert_eq!(token.as_deref(), Some("session/token+"));
}

#[test]
fn a_bucket_that_anybody_may_read_is_asked_without_a_signature() {
    let own = bucket(&json!({ "endpoint": "http://127.0.0.1:8333", "prefix": "zen/rules" }));
    assert_eq!(
        own.object("production/metadata/timestamp.json", MAY_24)
            .as_str(),
        "http://127.0.0.1:8333/examplebucket/zen/rules/production/metadata/timestamp.json"
    );
    assert_eq!(
        own.listing("production/", Some("a+b/="), MAY_24).as_str(),
        "http://127.0.0.1:8333/examplebucket/?continuation-token=a%2Bb%2F%3D&delimiter=%2F&encoding-type=url&list-type=2&prefix=zen%2Frules%2Fproduction%2F"
    );
}

#[test]
fn the_endpoints_port_is_a_part_of_what_is_signed() {
    let at = |endpoint: &str| {
        let url = aws(&json!({ "endpoint": endpoint, "pathStyle": true })).object("a", MAY_24);
        url.query_pairs()
            .find(|(name, _)| name == "X-Amz-Signature")
            .map(|(_, value)| value.into_owned())
            .unwrap()
    };
    assert_ne!(at("https://weed:8333"), at("https://weed:8334"));
    assert_eq!(at("https://weed:443"), at("https://weed"));
}

const LISTING: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
  <Name>rules</Name><Prefix>zen/production/</Prefix><KeyCount>2</KeyCount><MaxKeys>1000</MaxKeys>
  <Delimiter>%2F</Delimiter><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>
  <NextContinuationToken>next/1==</NextContinuationToken>
  <Contents>
    <Key>zen/production/pricing%20rules</Key><LastModified>2026-11-22T00:00:00.000Z</LastModified>
    <ETag>&quot;0cc175b9&quot;</ETag><Size>434234</Size><StorageClass>STANDARD</StorageClass>
    <Owner><ID>1</ID><DisplayName>me</DisplayName></Owner>
  </Contents>
  <Contents><Key>zen/production/shipping</Key><Size>1</Size></Contents>
  <Contents><Key>other/place</Key><Size>1</Size></Contents>
  <CommonPrefixes><Prefix>zen/production/metadata/</Prefix></CommonPrefixes>
</ListBucketResult>"#;

#[test]
fn a_listing_is_read_below_the_prefix() {
    let bucket = aws(&json!({ "prefix": "zen" }));
    let page = bucket.page(LISTING.as_bytes()).unwrap();
    let listed = |key: &str, etag: Option<&str>, length| Listed {
        key: key.to_owned(),
        etag: etag.map(str::to_owned),
        length,
    };
    assert_eq!(
        page,
        Page {
            objects: vec![
                listed("production/pricing rules", Some("\"0cc175b9\""), 434_234),
                listed("production/shipping", None, 1),
            ],
            next: Some("next/1==".to_owned()),
        }
    );
    let last = LISTING.replace("<IsTruncated>true", "<IsTruncated>false");
    assert_eq!(bucket.page(last.as_bytes()).unwrap().next, None);
}

#[test]
fn what_is_no_listing_is_an_error() {
    let bucket = aws(&json!({}));
    for body in [
        "",
        "<html><body>It works!</body></html>",
        "{}",
        "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">",
        &LISTING.replace(
            "<NextContinuationToken>next/1==</NextContinuationToken>",
            "",
        ),
        &LISTING.replace("434234", "-1"),
    ] {
        assert!(bucket.page(body.as_bytes()).is_err(), "{body}");
    }
    assert!(bucket.page(&[0xff]).is_err());
    for length in 0..LISTING.len() {
        assert!(
            bucket.page(&LISTING.as_bytes()[..length]).is_err(),
            "{length}"
        );
    }
}

#[test]
fn nesting_and_entities_do_not_bring_the_reader_down() {
    let bucket = aws(&json!({}));
    let open = "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
    let deep = format!("{open}{}</ListBucketResult>", "<a>".repeat(1_000_000));
    assert_eq!(
        bucket.page(deep.as_bytes()),
        Err("its elements are nested too deep".to_owned())
    );
    let closed = format!(
        "{open}{}{}</ListBucketResult>",
        "<a>".repeat(14),
        "</a>".repeat(14)
    );
    assert_ne!(
        bucket.page(closed.as_bytes()),
        Err("its elements are nested too deep".to_owned())
    );
    let bomb = "<!DOCTYPE a [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]>";
    let bomb = format!("{bomb}{open}<Contents><Key>&b;</Key></Contents></ListBucketResult>");
    assert!(bucket.page(bomb.as_bytes()).is_err());
}

proptest! {
    #[test]
    fn no_body_panics(bytes: Vec<u8>, text in "[<>/a-z=\"!?& ]{0,60}") {
        let bucket = aws(&json!({}));
        let _ = bucket.page(&bytes);
        let _ = bucket.page(text.as_bytes());
        let _ = bucket.page(LISTING.replace("pricing", &text).as_bytes());
    }

    #[test]
    fn an_object_stays_in_its_bucket(key in "[a-c%.?#/\\\\é ]{1,12}", now: i64) {
        prop_assume!(super::super::key::check(&key).is_ok());
        let bucket = bucket(&json!({ "endpoint": "http://127.0.0.1:8333", "prefix": "p" }));
        let url = bucket.object(&key, now);
        let path = url.path().strip_prefix("/examplebucket/p/").unwrap();
        let decoded = percent_encoding::percent_decode_str(path).decode_utf8().unwrap();
        prop_assert_eq!(decoded, key);
        prop_assert_eq!(url.query(), None);
    }
}
