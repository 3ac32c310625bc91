//! Tables of what is accepted and what is not, with the very messages.

use super::*;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

const ROOT: &str = r#"{"signed":{},"signatures":[]}"#;

/// A text, or a kind of binding as `<r2>`.
fn value(text: &str) -> Value {
    match text {
        "<r2>" => Value::Binding(Binding::R2),
        "<service>" => Value::Binding(Binding::Service),
        "<queue>" => Value::Binding(Binding::Queue),
        "<analytics>" => Value::Binding(Binding::Analytics),
        "<other>" => Value::Binding(Binding::Other),
        text => Value::Text(text.to_owned()),
    }
}

/// The least that is accepted, these, and nothing for those that are empty.
fn variables(values: &[(&str, &str)]) -> Variables {
    let least = [
        ("ZEN_EDGE_ENVIRONMENT", "production"),
        ("ZEN_EDGE_TRUSTED_ROOT", ROOT),
        ("RULES_EU", "<r2>"),
        ("EU_KEY", "AKIDEXAMPLE"),
        ("EU_SECRET", "c2VjcmV0"),
    ];
    let values = least.iter().chain(values);
    let mut all = std::collections::BTreeMap::new();
    for (name, text) in values {
        all.insert((*name).to_owned(), value(text));
    }
    all.into_iter().collect()
}

fn read(values: &[(&str, &str)]) -> Result<Configuration, String> {
    Configuration::read(&variables(values)).map_err(|error| error.to_string())
}

fn refusal(values: &[(&str, &str)]) -> String {
    read(values).map(|_| values.to_vec()).unwrap_err()
}

#[test]
fn the_least_is_enough() {
    let configuration = read(&[]).unwrap();
    assert_eq!(configuration.environment, "production");
    let TrustConfiguration::Tuf {
        trusted_root,
        revision_floor,
    } = &configuration.trust
    else {
        panic!("not signed");
    };
    assert_eq!(
        (trusted_root.as_slice(), *revision_floor),
        (ROOT.as_bytes(), 0)
    );
    assert_eq!(configuration.projects, Projects::All);
    assert_eq!(configuration.sources, []);
    assert_eq!(configuration.region, RegionConfiguration::Fixed(None));
    assert_eq!(configuration.poll_interval, Duration::from_secs(10));
    assert_eq!(configuration.staleness, StalenessPolicy::default());
    assert_eq!(configuration.cache, CacheConfiguration::CacheApi);
    assert_eq!(configuration.http_hosts, None);
}

#[test]
fn what_is_missing_or_wrong_is_named_with_what_is_accepted() {
    for (values, expected) in [
        (
            &[("ZEN_EDGE_ENVIRONMENT", "")][..],
            "ZEN_EDGE_ENVIRONMENT is not set; give the environment's name, as in `zen-edge init`",
        ),
        (
            &[("ZEN_EDGE_ENVIRONMENT", "a/b")],
            "ZEN_EDGE_ENVIRONMENT is `a/b`; use 1 to 64 letters, digits, `-`, `_` and `.`",
        ),
        (
            &[("ZEN_EDGE_ENVIRONMENT", "<r2>")],
            "ZEN_EDGE_ENVIRONMENT is an R2 bucket; it must be a text",
        ),
        (
            &[("ZEN_EDGE_TRUST", "none")],
            "ZEN_EDGE_TRUST is `none`; it must be `tuf` or `unsigned`",
        ),
        (
            &[("ZEN_EDGE_TRUSTED_ROOT", "")],
            "ZEN_EDGE_TRUSTED_ROOT is not set; give the text of the file that `zen-edge init` wrote (`<environment>.root.json`), or base64 of it",
        ),
        (
            &[("ZEN_EDGE_TRUSTED_ROOT", "root.json")],
            "ZEN_EDGE_TRUSTED_ROOT is neither JSON nor base64; give the text of the file that `zen-edge init` wrote (`<environment>.root.json`), or base64 of it",
        ),
        (
            &[("ZEN_EDGE_TRUSTED_ROOT", "{\"signed\":")],
            "ZEN_EDGE_TRUSTED_ROOT is not whole: its JSON cannot be read; give the text of the file that `zen-edge init` wrote (`<environment>.root.json`), or base64 of it",
        ),
        (
            &[("ZEN_EDGE_TRUST", "unsigned")],
            "ZEN_EDGE_TRUSTED_ROOT is set, and ZEN_EDGE_TRUST is `unsigned`; remove one of them",
        ),
        (
            &[
                ("ZEN_EDGE_TRUST", "unsigned"),
                ("ZEN_EDGE_TRUSTED_ROOT", ""),
                ("ZEN_EDGE_REVISION_FLOOR", "3"),
            ],
            "ZEN_EDGE_REVISION_FLOOR is set, and ZEN_EDGE_TRUST is `unsigned`; remove one of them",
        ),
        (
            &[("ZEN_EDGE_REVISION_FLOOR", "-1")],
            "ZEN_EDGE_REVISION_FLOOR is `-1`; give a revision, a whole number that is not negative",
        ),
        (
            &[("ZEN_EDGE_PROJECTS", "a,,b")],
            "ZEN_EDGE_PROJECTS is `a,,b`; name projects by their keys, each once, separated by commas",
        ),
        (
            &[("ZEN_EDGE_PROJECTS", "a, a")],
            "ZEN_EDGE_PROJECTS is `a, a`; name projects by their keys, each once, separated by commas",
        ),
        (
            &[("ZEN_EDGE_POLL_INTERVAL", "10")],
            "ZEN_EDGE_POLL_INTERVAL is `10`; write a whole number with `ms`, `s`, `m`, `h` or `d`, like `10s`, from `100ms` to `1d`",
        ),
        (
            &[("ZEN_EDGE_POLL_INTERVAL", "99ms")],
            "ZEN_EDGE_POLL_INTERVAL is `99ms`; write a whole number with `ms`, `s`, `m`, `h` or `d`, like `10s`, from `100ms` to `1d`",
        ),
        (
            &[("ZEN_EDGE_STALE_AFTER", "15s")],
            "ZEN_EDGE_STALE_AFTER is `15s`; with ZEN_EDGE_POLL_INTERVAL at `10s`, it must be at least `20s`",
        ),
        (
            &[("ZEN_EDGE_STALE_AFTER", "99999999999999999999d")],
            "ZEN_EDGE_STALE_AFTER is `99999999999999999999d`; write a whole number with `ms`, `s`, `m`, `h` or `d`, like `10s`, from `1ms` to `365d`",
        ),
        (
            &[("ZEN_EDGE_EXPIRED_AFTER", "30s")],
            "ZEN_EDGE_EXPIRED_AFTER is `30s`; write a whole number with `ms`, `s`, `m`, `h` or `d`, like `10s`, from `1m` to `3650d`",
        ),
        (
            &[("ZEN_EDGE_ON_EXPIRED", "stop")],
            "ZEN_EDGE_ON_EXPIRED is `stop`; it must be `serve` or `flag` or `refuse`",
        ),
        (
            &[("ZEN_EDGE_CACHE", "disk")],
            "ZEN_EDGE_CACHE is `disk`; it must be `cache-api`, `folder:BINDING` or `none`",
        ),
        (
            &[("ZEN_EDGE_CACHE", "folder:RULES_EU")],
            "ZEN_EDGE_CACHE names the binding `RULES_EU`, which is an R2 bucket; it must be a service",
        ),
        (
            &[("ZEN_EDGE_CACHE", "folder:CACHE")],
            "ZEN_EDGE_CACHE names the binding `CACHE`, which does not exist; it must be a service",
        ),
        (
            &[("ZEN_EDGE_HTTP_HOSTS", "https://a.test")],
            "ZEN_EDGE_HTTP_HOSTS is not accepted: `https://a.test` is not a host; write it like `api.example.com`, `api.example.com:8443` or `*.example.com`",
        ),
        (
            &[("ZEN_EDGE_REGION", "eu west")],
            "ZEN_EDGE_REGION is `eu west`; use 1 to 64 letters, digits, `-`, `_` and `.`",
        ),
        (
            &[("ZEN_EDGE_POLL_INTERVALL", "10s")],
            "ZEN_EDGE_POLL_INTERVALL is not a variable of zen-edge; did you mean ZEN_EDGE_POLL_INTERVAL?",
        ),
        (
            &[("ZEN_EDGE_SOURCE", "<r2>")],
            "ZEN_EDGE_SOURCE is not a variable of zen-edge; did you mean ZEN_EDGE_SOURCES?",
        ),
    ] {
        assert_eq!(refusal(values), expected);
    }
}

#[test]
fn a_trusted_root_may_be_text_base64_or_a_table() {
    let root = |configuration: Configuration| match configuration.trust {
        TrustConfiguration::Tuf { trusted_root, .. } => {
            serde_json::from_slice::<Json>(&trusted_root).unwrap()
        }
        TrustConfiguration::Unsigned => Json::Null,
    };
    let expected: Json = serde_json::from_str(ROOT).unwrap();
    let packed = "eyJzaWduZWQiOnt9LCJzaWdu\nYXR1cmVzIjpbXX0=";
    assert_eq!(
        root(read(&[("ZEN_EDGE_TRUSTED_ROOT", packed)]).unwrap()),
        expected
    );
    let table = [
        ("ZEN_EDGE_ENVIRONMENT", value("production")),
        ("ZEN_EDGE_TRUSTED_ROOT", Value::Json(expected.clone())),
    ];
    let table = Configuration::read(&table.into_iter().collect());
    assert_eq!(root(table.unwrap()), expected);
}

#[test]
fn what_is_empty_or_null_is_not_set_and_numbers_are_texts() {
    let variables: Variables = [
        ("ZEN_EDGE_ENVIRONMENT", value("production")),
        ("ZEN_EDGE_TRUSTED_ROOT", value(ROOT)),
        ("ZEN_EDGE_CORS", value("")),
        ("ZEN_EDGE_UNKNOWN", Value::Json(Json::Null)),
        ("ZEN_EDGE_REVISION_FLOOR", Value::Json(json!(7))),
    ]
    .into_iter()
    .collect();
    let configuration = Configuration::read(&variables).unwrap();
    let TrustConfiguration::Tuf { revision_floor, .. } = configuration.trust else {
        panic!("not signed");
    };
    assert_eq!(revision_floor, 7);
}

mod sources {
    use super::*;

    fn refusal(sources: Json, more: &[(&str, &str)]) -> String {
        let text = sources.to_string();
        let mut values = vec![("ZEN_EDGE_SOURCES", text.as_str())];
        values.extend(more);
        super::refusal(&values)
    }

    fn s3(more: Json) -> Json {
        let mut source = json!({
            "name": "eu", "type": "s3", "endpoint": "https://s3.eu.test", "bucket": "rules", "region": "eu-1"
        });
        for (name, value) in more.as_object().unwrap() {
            source[name] = value.clone();
        }
        json!([source])
    }

    #[test]
    fn all_types_are_read() {
        let sources = json!([
            { "name": "eu", "type": "r2", "binding": "RULES_EU", "prefix": "zen/rules" },
            {
                "name": "us", "type": "s3", "endpoint": "https://s3.us-east-1.amazonaws.com",
                "bucket": "rules", "region": "us-east-1",
                "accessKeyId": "EU_KEY", "secretAccessKey": "EU_SECRET", "sessionToken": "EU_SECRET"
            },
            { "name": "own", "type": "s3", "endpoint": "http://10.0.0.7:8333", "bucket": "rules", "region": "auto" },
            { "name": "web", "type": "https", "url": "https://cdn.test/zen", "token": "EU_SECRET" },
            { "name": "plain", "type": "https", "url": "http://cdn.test/", "insecure": true },
        ]);
        let text = sources.to_string();
        let configuration = read(&[("ZEN_EDGE_SOURCES", &text)]).unwrap();
        let names: Vec<_> = configuration
            .sources
            .iter()
            .map(|source| &source.name)
            .collect();
        assert_eq!(names, ["eu", "us", "own", "web", "plain"]);
        let StoreConfiguration::R2 { binding, prefix } = &configuration.sources[0].store else {
            panic!("not R2");
        };
        assert_eq!(
            (binding.as_str(), prefix.as_str()),
            ("RULES_EU", "zen/rules/")
        );
        let StoreConfiguration::S3(aws) = &configuration.sources[1].store else {
            panic!("not S3");
        };
        assert!(!aws.path_style && aws.prefix.is_empty());
        let credentials = aws.credentials.as_ref().unwrap();
        assert_eq!(credentials.access_key_id.expose(), "AKIDEXAMPLE");
        assert_eq!(credentials.secret_access_key.expose(), "c2VjcmV0");
        assert!(credentials.session_token.is_some());
        let StoreConfiguration::S3(own) = &configuration.sources[2].store else {
            panic!("not S3");
        };
        assert!(own.path_style && own.credentials.is_none());
        let StoreConfiguration::Https { url, token } = &configuration.sources[3].store else {
            panic!("not https");
        };
        assert_eq!(url.as_str(), "https://cdn.test/zen/");
        assert!(token.is_some());

        // JSON as such is the same.
        let mut values: Vec<_> = [
            ("ZEN_EDGE_ENVIRONMENT", "production"),
            ("ZEN_EDGE_TRUSTED_ROOT", ROOT),
            ("RULES_EU", "<r2>"),
            ("EU_KEY", "AKIDEXAMPLE"),
            ("EU_SECRET", "c2VjcmV0"),
        ]
        .map(|(name, text)| (name, value(text)))
        .into();
        values.push(("ZEN_EDGE_SOURCES", Value::Json(sources)));
        let again = Configuration::read(&values.into_iter().collect()).unwrap();
        assert_eq!(again.sources, configuration.sources);
    }

    #[test]
    fn plain_http_is_for_networks_of_ones_own() {
        for host in [
            "127.0.0.1",
            "localhost:8333",
            "a.localhost",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.1.1",
            "[::1]:1",
            "[fd00::1]",
            "weed",
            "weed.rules.internal",
        ] {
            let endpoint = format!("http://{host}");
            let source = s3(json!({ "endpoint": endpoint })).to_string();
            assert_eq!(
                read(&[("ZEN_EDGE_SOURCES", &source)]).map(|_| ()),
                Ok(()),
                "{host}"
            );
        }
        for host in [
            "8.8.8.8",
            "s3.test",
            "172.32.0.1",
            "[2001:db8::1]",
            "10.0.0.1.nip.io",
        ] {
            let endpoint = format!("http://{host}");
            assert_eq!(
                refusal(s3(json!({ "endpoint": endpoint })), &[]),
                format!(
                    "ZEN_EDGE_SOURCES[0].endpoint is `http://{host}`, which is neither encrypted nor on a private network; write `https://`, or add `\"insecure\": true` if everybody in between may read and change what is sent"
                )
            );
        }
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        for (sources, expected) in [
            (
                json!({}),
                "ZEN_EDGE_SOURCES is a table; it must be a list like [{\"name\":\"eu\",\"type\":\"r2\",\"binding\":\"RULES_EU\"}]",
            ),
            (
                json!([{ "name": "eu" }]),
                "ZEN_EDGE_SOURCES[0].type is not set; it must be `r2`, `s3`, `https` or `rules-sync`",
            ),
            (
                json!([{ "type": "gcs" }]),
                "ZEN_EDGE_SOURCES[0].type is `gcs`; it must be `r2`, `s3`, `https` or `rules-sync`",
            ),
            (
                json!([{ "type": "r2", "name": "eu", "bindng": "RULES_EU" }]),
                "ZEN_EDGE_SOURCES[0] has a field `bindng`; did you mean `binding`?",
            ),
            (
                json!([{ "type": "r2", "binding": "RULES_EU" }]),
                "ZEN_EDGE_SOURCES[0].name is not set; it must be a text that is not empty",
            ),
            (
                json!([{ "type": "r2", "name": "e u", "binding": "RULES_EU" }]),
                "ZEN_EDGE_SOURCES[0].name is `e u`; use 1 to 64 letters, digits, `-`, `_` and `.`",
            ),
            (
                json!([{ "type": "r2", "name": "eu", "binding": "RULES_US" }]),
                "ZEN_EDGE_SOURCES[0].binding names the binding `RULES_US`, which does not exist; it must be an R2 bucket",
            ),
            (
                json!([{ "type": "r2", "name": "eu", "binding": "EU_KEY" }]),
                "ZEN_EDGE_SOURCES[0].binding names the binding `EU_KEY`, which is a variable; it must be an R2 bucket",
            ),
            (
                json!([
                    { "type": "r2", "name": "eu", "binding": "RULES_EU" },
                    { "type": "r2", "name": "eu", "binding": "RULES_EU" },
                ]),
                "ZEN_EDGE_SOURCES[1].name is `eu`, like that of another source",
            ),
            (
                json!([{ "type": "r2", "name": "eu", "binding": "RULES_EU", "prefix": "/a" }]),
                "ZEN_EDGE_SOURCES[0].prefix is `/a`; write it like `rules` or `zen/rules`, without `/` at its beginning, without `.` or `..`, in at most 512 bytes",
            ),
            (
                s3(json!({ "endpoint": "s3.test" })),
                "ZEN_EDGE_SOURCES[0].endpoint is not an address; write it like `https://storage.example.com`",
            ),
            (
                s3(json!({ "endpoint": "ftp://s3.test" })),
                "ZEN_EDGE_SOURCES[0].endpoint must begin with `https://`",
            ),
            (
                s3(json!({ "endpoint": "https://u:SECRET@s3.test" })),
                "ZEN_EDGE_SOURCES[0].endpoint has a user name or a password in it; name secrets instead",
            ),
            (
                s3(json!({ "endpoint": "https://s3.test?sig=SECRET" })),
                "ZEN_EDGE_SOURCES[0].endpoint has a `?` or a `#` in it; end it with a path",
            ),
            (
                s3(json!({ "bucket": "a/b" })),
                "ZEN_EDGE_SOURCES[0].bucket is `a/b`; use 1 to 255 letters, digits, `-`, `_` and `.`, as in the store",
            ),
            (
                s3(json!({ "region": "eu 1" })),
                "ZEN_EDGE_SOURCES[0].region is `eu 1`; use letters, digits, `-` and `_`, like `eu-central-1`, or `auto`",
            ),
            (
                s3(json!({ "pathStyle": "yes" })),
                "ZEN_EDGE_SOURCES[0].pathStyle is a text; it must be `true` or `false`",
            ),
            (
                s3(json!({ "endpoint": "https://10.0.0.1", "pathStyle": false })),
                "ZEN_EDGE_SOURCES[0].pathStyle is false, but `rules` cannot be a part of the endpoint's host name; say `true`",
            ),
            (
                s3(json!({ "accessKeyId": "EU_KEY" })),
                "ZEN_EDGE_SOURCES[0].secretAccessKey is not set; name both an access key's id and its secret, or neither for a bucket that anybody may read",
            ),
            (
                s3(json!({ "sessionToken": "EU_SECRET" })),
                "ZEN_EDGE_SOURCES[0].accessKeyId is not set; name both an access key's id and its secret, or neither for a bucket that anybody may read",
            ),
            (
                s3(json!({ "accessKeyId": "EU_KEY", "secretAccessKey": "NONE" })),
                "ZEN_EDGE_SOURCES[0].secretAccessKey names the secret `NONE`, which is not set",
            ),
            (
                s3(json!({ "accessKeyId": "EU_KEY", "secretAccessKey": "wJalrXUtnFEMI/K7MDENG" })),
                "ZEN_EDGE_SOURCES[0].secretAccessKey must be the name of a secret, like `EU_ACCESS_KEY`, not the secret itself",
            ),
            (
                json!([{ "type": "rules-sync", "url": "https://brms.test", "target": "main" }]),
                "ZEN_EDGE_SOURCES[0].token is not set; name the secret that holds BRMS' access token",
            ),
            (
                json!([{ "type": "rules-sync", "url": "https://brms.test", "target": "main", "token": "EU_SECRET" }]),
                "ZEN_EDGE_SOURCES has a source of type `rules-sync`, whose releases nobody signed; it needs ZEN_EDGE_TRUST to be `unsigned`",
            ),
            (
                json!([
                    { "type": "rules-sync", "url": "https://brms.test", "target": "main", "token": "EU_SECRET" },
                    { "type": "r2", "name": "eu", "binding": "RULES_EU" },
                ]),
                "ZEN_EDGE_SOURCES has a source of type `rules-sync` beside others; it must be the only one",
            ),
        ] {
            assert_eq!(refusal(sources, &[]), expected);
        }
        assert_eq!(
            super::refusal(&[("ZEN_EDGE_SOURCES", "[")]),
            "ZEN_EDGE_SOURCES is not JSON: EOF while parsing a list at line 1 column 1"
        );
    }

    #[test]
    fn projects_are_named_where_nobody_lists_them() {
        let unsigned = [
            ("ZEN_EDGE_TRUST", "unsigned"),
            ("ZEN_EDGE_TRUSTED_ROOT", ""),
        ];
        let web = json!([{ "type": "https", "name": "web", "url": "https://a.test" }]);
        assert_eq!(
            refusal(web.clone(), &unsigned),
            "ZEN_EDGE_PROJECTS is not set, and the source `web` is a web server, which does not list projects; name those that are to be served, separated by commas"
        );
        let brms = json!([{ "type": "rules-sync", "url": "https://brms.test", "target": "main", "token": "EU_SECRET" }]);
        assert_eq!(
            refusal(brms.clone(), &unsigned),
            "ZEN_EDGE_PROJECTS is not set, and BRMS does not list projects; name those that are to be served, separated by commas"
        );
        for sources in [web, brms] {
            let text = sources.to_string();
            let mut values = vec![("ZEN_EDGE_SOURCES", text.as_str())];
            values.extend(unsigned);
            values.push(("ZEN_EDGE_PROJECTS", "pricing, shipping"));
            let configuration = read(&values).unwrap();
            assert_eq!(configuration.trust, TrustConfiguration::Unsigned);
            assert!(configuration.projects.includes("shipping"));
            assert!(!configuration.projects.includes("other"));
        }
    }

    #[test]
    fn secrets_and_bindings_may_be_named_like_ours() {
        let sources =
            s3(json!({ "accessKeyId": "ZEN_EDGE_KEY", "secretAccessKey": "ZEN_EDGE_SECRET" }));
        let text = sources.to_string();
        let values = [
            ("ZEN_EDGE_SOURCES", text.as_str()),
            ("ZEN_EDGE_KEY", "AKID"),
            ("ZEN_EDGE_SECRET", "c2VjcmV0"),
            ("ZEN_EDGE_DISK", "<service>"),
            ("ZEN_EDGE_CACHE", "folder:ZEN_EDGE_DISK"),
        ];
        let configuration = read(&values).unwrap();
        assert_eq!(
            configuration.cache,
            CacheConfiguration::Folder("ZEN_EDGE_DISK".to_owned())
        );
    }
}

mod regions {
    use super::*;

    const SOURCES: &str = r#"[
        {"type":"https","name":"eu","url":"https://eu.test"},
        {"type":"https","name":"us","url":"https://us.test"}
    ]"#;

    fn read(regions: &str, more: &[(&str, &str)]) -> Result<Configuration, String> {
        let mut values = vec![("ZEN_EDGE_SOURCES", SOURCES), ("ZEN_EDGE_REGIONS", regions)];
        values.extend(more);
        super::read(&values)
    }

    fn at<'a>(colo: &'a str, continent: &'a str) -> Place<'a> {
        Place {
            colo: Some(colo),
            continent: Some(continent),
        }
    }

    const REGIONS: &str = r#"{
        "default": "eu",
        "continents": {"NA": "us", "EU": "eu"},
        "colos": {"LHR": "us"},
        "sources": {"eu": ["eu", "us"], "us": ["us"]}
    }"#;

    #[test]
    fn the_data_centre_counts_before_the_continent() {
        let configuration = read(REGIONS, &[]).unwrap();
        let choose = |place| configuration.region.choose(place, 2);
        assert_eq!(choose(at("FRA", "EU")), (Some("eu"), vec![0, 1]));
        assert_eq!(choose(at("LHR", "EU")), (Some("us"), vec![1]));
        assert_eq!(choose(at("EWR", "NA")), (Some("us"), vec![1]));
        assert_eq!(choose(at("NRT", "AS")), (Some("eu"), vec![0, 1]));
        assert_eq!(choose(Place::default()), (Some("eu"), vec![0, 1]));
    }

    #[test]
    fn a_fixed_region_counts_before_all() {
        let configuration = read(REGIONS, &[("ZEN_EDGE_REGION", "us")]).unwrap();
        assert_eq!(
            configuration.region.choose(at("FRA", "EU"), 2),
            (Some("us"), vec![1])
        );
        let alone = super::read(&[("ZEN_EDGE_SOURCES", SOURCES), ("ZEN_EDGE_REGION", "mars")]);
        let alone = alone.unwrap();
        assert_eq!(
            alone.region.choose(at("FRA", "EU"), 2),
            (Some("mars"), vec![0, 1])
        );
    }

    #[test]
    fn every_name_must_exist() {
        for (regions, expected) in [
            (
                "{}",
                "ZEN_EDGE_REGIONS.default is not set; it must be a text that is not empty",
            ),
            (
                r#"{"default":"eu"}"#,
                "ZEN_EDGE_REGIONS.default is `eu`; ZEN_EDGE_REGIONS.sources has none",
            ),
            (
                r#"{"default":"eu","source":{}}"#,
                "ZEN_EDGE_REGIONS has a field `source`; did you mean `sources`?",
            ),
            (
                r#"{"default":"eu","sources":{"eu":["eu","asia"]}}"#,
                "ZEN_EDGE_REGIONS.sources.eu[1] is `asia`; ZEN_EDGE_SOURCES has `eu`, `us`",
            ),
            (
                r#"{"default":"eu","sources":{"eu":["eu","eu"]}}"#,
                "ZEN_EDGE_REGIONS.sources.eu[1] is `eu`, which is in the list already",
            ),
            (
                r#"{"default":"eu","sources":{"eu":[]}}"#,
                "ZEN_EDGE_REGIONS.sources.eu is empty; name its sources, the nearest first",
            ),
            (
                r#"{"default":"eu","sources":{"eu":["eu"]},"continents":{"EUROPE":"eu"}}"#,
                "ZEN_EDGE_REGIONS.continents has `EUROPE`; continents are AF, AN, AS, EU, NA, OC and SA",
            ),
            (
                r#"{"default":"eu","sources":{"eu":["eu"]},"continents":{"NA":"us"}}"#,
                "ZEN_EDGE_REGIONS.continents.NA is `us`; ZEN_EDGE_REGIONS.sources has `eu`",
            ),
            (
                r#"{"default":"eu","sources":{"eu":["eu"]},"colos":{"fra":"eu"}}"#,
                "ZEN_EDGE_REGIONS.colos has `fra`; data centres have codes of three capital letters, like `FRA`",
            ),
            (
                r#"{"default":"eu","sources":{"eu":["eu"]},"colos":{"FRA":1}}"#,
                "ZEN_EDGE_REGIONS.colos.FRA is a number; it must be a region's name",
            ),
            (
                r#"{"default":"eu","sources":["eu"]}"#,
                "ZEN_EDGE_REGIONS.sources is a list; it must be a table",
            ),
        ] {
            assert_eq!(read(regions, &[]).unwrap_err(), expected);
        }
        assert_eq!(
            read(REGIONS, &[("ZEN_EDGE_REGION", "mars")]).unwrap_err(),
            "ZEN_EDGE_REGION is `mars`; ZEN_EDGE_REGIONS.sources has `eu`, `us`"
        );
    }
}

mod secrets {
    use super::*;

    const SECRET: &str = "S3cr3tS3cr3tS3cr3t";

    #[test]
    fn no_secret_is_in_a_message_or_in_debug_output() {
        let short = "S3cr3t";
        let message = refusal(&[("ZEN_EDGE_STATUS_TOKEN", short)]);
        assert_eq!(
            message,
            "ZEN_EDGE_STATUS_TOKEN is not accepted (it is not shown); use at least 16 ASCII characters without spaces, or `sha256:` and the 64 hexadecimal digits of their hash"
        );
        let configuration = read(&[("ZEN_EDGE_STATUS_TOKEN", SECRET)]).unwrap();
        assert!(!format!("{configuration:?}").contains(SECRET));
        let variables = variables(&[("ZEN_EDGE_STATUS_TOKEN", SECRET)]);
        assert!(!format!("{variables:?}").contains(SECRET));
    }

    #[test]
    fn a_secret_that_cannot_be_sent_is_refused_without_being_shown() {
        let source = r#"[{"name":"a","type":"https","url":"https://a.test","token":"TOKEN"}]"#;
        for secret in [
            format!("{SECRET}\n"),
            format!("{SECRET} x"),
            format!("{SECRET}é"),
        ] {
            assert_eq!(
                refusal(&[("ZEN_EDGE_SOURCES", source), ("TOKEN", &secret)]),
                "ZEN_EDGE_SOURCES[0].token names the secret `TOKEN`, which has spaces, line ends or characters that are not ASCII (it is not shown)"
            );
        }
    }

    proptest! {
        #[test]
        fn a_secret_in_any_field_of_a_source_is_not_repeated(
            kind in prop::sample::select(&["r2", "s3", "https", "rules-sync"][..]),
            field in prop::sample::select(&["accessKeyId", "secretAccessKey", "sessionToken", "token"][..]),
        ) {
            let source = json!([{
                "name": "eu", "type": kind, "binding": "RULES_EU", "endpoint": "https://a.test",
                "bucket": "b", "region": "r", "url": "https://a.test", "target": "main", field: SECRET,
            }]);
            let only: Json = match kind {
                "r2" => json!(["name", "type", "binding"]),
                "s3" => json!(["name", "type", "endpoint", "bucket", "region"]),
                _ => json!(["name", "type", "url"]),
            };
            let mut source = source;
            let keep = |name: &String| name == field || only.as_array().unwrap().contains(&json!(name));
            source[0].as_object_mut().unwrap().retain(|name, _| keep(name));
            let text = source.to_string();
            if let Err(message) = read(&[("ZEN_EDGE_SOURCES", &text)]) {
                prop_assert!(!message.contains(SECRET), "{message}");
            }
        }

        #[test]
        fn no_variables_panic_and_the_status_token_is_never_shown(
            values in prop::collection::btree_map(
                prop_oneof![
                    prop::sample::select(&names::NAMES[..]).prop_map(str::to_owned),
                    "(ZEN_EDGE_)?[A-Z_]{0,6}",
                ],
                any_value(),
                0..8,
            ),
        ) {
            let token = format!("{SECRET} ");
            let variables: Variables = values
                .into_iter()
                .chain([("ZEN_EDGE_STATUS_TOKEN".to_owned(), Value::Text(token))])
                .collect();
            let message = Configuration::read(&variables).unwrap_err().to_string();
            prop_assert!(!message.contains(SECRET), "{message}");
            prop_assert!(message.len() < 1_000 && !message.contains('\n'), "{message}");
        }
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let words = &[
            "production",
            "tuf",
            "unsigned",
            ROOT,
            "10s",
            "1d",
            "a,b",
            "off",
            "any",
            "0.5",
            "7",
            "none",
            "folder:A",
            "queue:A",
            "analytics:A",
            "[]",
            "{}",
            "[{\"type\":\"s3\"}]",
            "",
        ][..];
        let json = prop_oneof![
            Just(json!(1.5)),
            Just(json!([])),
            Just(json!([{ "type": "r2", "name": "a", "binding": "A" }])),
            Just(json!({ "default": "eu", "sources": { "eu": ["a"] } })),
        ];
        prop_oneof![
            prop::sample::select(words).prop_map(|text| Value::Text(text.to_owned())),
            "\\PC{0,20}".prop_map(Value::Text),
            json.prop_map(Value::Json),
            Just(Value::Binding(Binding::R2)),
            Just(Value::Binding(Binding::Service)),
            Just(Value::Binding(Binding::Queue)),
        ]
    }
}

mod service {
    use super::*;
    use zen_edge_http::{AccessPolicy, BundlePolicy, Cors};

    #[test]
    fn everything_is_off_and_closed_by_default() {
        let service = read(&[]).unwrap().service;
        assert_eq!(service.access, AccessPolicy::Tokens);
        assert_eq!(service.bundles, BundlePolicy::Operators);
        assert!(service.status_token.is_none() && service.decision_log.is_none());
        assert_eq!(
            (service.cors, service.body_bytes),
            (Cors::Off, 16 * 1024 * 1024)
        );
    }

    #[test]
    fn all_of_it_is_read() {
        let hash = format!("sha256:{}", "0a".repeat(32));
        let configuration = read(&[
            ("ZEN_EDGE_ACCESS", "open"),
            ("ZEN_EDGE_BUNDLES", "open"),
            ("ZEN_EDGE_STATUS_TOKEN", &hash),
            ("ZEN_EDGE_CORS", "https://a.test, http://localhost:5173"),
            ("ZEN_EDGE_BODY_LIMIT", "1MiB"),
            ("ZEN_EDGE_DECISION_LOG", "queue:LOG"),
            (
                "ZEN_EDGE_DECISION_LOG_MASK",
                "customer.email, /orders/0/card, orders.*.card",
            ),
            ("ZEN_EDGE_DECISION_LOG_SHARE", "0.25"),
            ("LOG", "<queue>"),
        ]);
        let configuration = configuration.unwrap();
        let service = configuration.service;
        assert_eq!(service.access, AccessPolicy::Open);
        assert_eq!(service.bundles, BundlePolicy::Open);
        assert!(service.status_token.is_some());
        let origins = ["https://a.test", "http://localhost:5173"].map(str::to_owned);
        assert_eq!(service.cors, Cors::Origins(origins.into()));
        assert_eq!(service.body_bytes, 1 << 20);
        let log = service.decision_log.unwrap();
        assert_eq!(
            log.masked,
            ["customer.email", "/orders/0/card", "orders.*.card"]
        );
        assert!((log.share - 0.25).abs() < f64::EPSILON);
        assert_eq!(
            configuration.decision_log,
            Some(DecisionLogTarget::Queue("LOG".to_owned()))
        );
        let analytics = read(&[
            ("ZEN_EDGE_DECISION_LOG", "analytics:POINTS"),
            ("POINTS", "<analytics>"),
        ]);
        let analytics = analytics.unwrap();
        assert_eq!(analytics.service.decision_log.unwrap().max_bytes, 5 * 1024);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (values, expected) in [
            (
                &[("ZEN_EDGE_ACCESS", "none")][..],
                "ZEN_EDGE_ACCESS is `none`; it must be `tokens` or `open`",
            ),
            (
                &[("ZEN_EDGE_BUNDLES", "tokens")],
                "ZEN_EDGE_BUNDLES is `tokens`; it must be `operators` or `open`",
            ),
            (
                &[("ZEN_EDGE_CORS", "https://a.test/")],
                "ZEN_EDGE_CORS is `https://a.test/`; it must be `off`, `any` or origins like `https://app.example.com`",
            ),
            (
                &[("ZEN_EDGE_CORS", "*")],
                "ZEN_EDGE_CORS is `*`; it must be `off`, `any` or origins like `https://app.example.com`",
            ),
            (
                &[("ZEN_EDGE_BODY_LIMIT", "1GB")],
                "ZEN_EDGE_BODY_LIMIT is `1GB`; write a number of bytes, or one with `KiB` or `MiB`, from 1024 to 33554432",
            ),
            (
                &[("ZEN_EDGE_DECISION_LOG", "LOG")],
                "ZEN_EDGE_DECISION_LOG is `LOG`; it must be `queue:BINDING` or `analytics:BINDING`",
            ),
            (
                &[
                    ("ZEN_EDGE_DECISION_LOG", "queue:LOG"),
                    ("LOG", "<analytics>"),
                ],
                "ZEN_EDGE_DECISION_LOG names the binding `LOG`, which is an Analytics Engine dataset; it must be a queue",
            ),
            (
                &[("ZEN_EDGE_DECISION_LOG_SHARE", "1")],
                "ZEN_EDGE_DECISION_LOG_SHARE is set, and ZEN_EDGE_DECISION_LOG is not; set both or neither",
            ),
            (
                &[
                    ("ZEN_EDGE_DECISION_LOG", "queue:LOG"),
                    ("LOG", "<queue>"),
                    ("ZEN_EDGE_DECISION_LOG_SHARE", "2"),
                ],
                "ZEN_EDGE_DECISION_LOG_SHARE is `2`; give the share of decisions that is logged, from 0 to 1",
            ),
            (
                &[
                    ("ZEN_EDGE_DECISION_LOG", "queue:LOG"),
                    ("LOG", "<queue>"),
                    ("ZEN_EDGE_DECISION_LOG_MASK", "a..b"),
                ],
                "ZEN_EDGE_DECISION_LOG_MASK is `a..b`; name places like `customer.email`, `orders.*.card` or `/customer/email`",
            ),
        ] {
            assert_eq!(refusal(values), expected);
        }
    }
}

mod to_options {
    use super::*;
    use std::sync::Arc;
    use zen_edge_eval::{HostFuture, HttpHandler, HttpHandlerRequest, HttpHandlerResponse};
    use zen_edge_runtime::EnvironmentOptions;
    use zen_edge_sync::{BundleStore, Get, Got, PortFuture, StoreError, TrustOptions};

    struct Nothing;

    impl BundleStore for Nothing {
        fn get(&self, _: Get) -> PortFuture<'_, Result<Got, StoreError>> {
            Box::pin(std::future::ready(Ok(Got::Missing)))
        }
    }

    impl HttpHandler for Nothing {
        fn handle(
            &self,
            _: HttpHandlerRequest,
        ) -> HostFuture<'_, Result<HttpHandlerResponse, String>> {
            Box::pin(std::future::ready(Err(String::new())))
        }
    }

    const SOURCES: &str = r#"[
        {"type":"https","name":"eu","url":"https://eu.test"},
        {"type":"https","name":"us","url":"https://us.test"}
    ]"#;

    fn options(values: &[(&str, &str)], place: Place<'_>) -> EnvironmentOptions {
        let values = [&[("ZEN_EDGE_SOURCES", SOURCES)], values].concat();
        read(&values).unwrap().environment_options(Ingredients {
            place,
            open: &|_| Some(Arc::new(Nothing)),
            rules_sync: None,
            http: Arc::new(Nothing),
            baked_in: None,
        })
    }

    #[test]
    fn a_data_centre_reads_a_pointer_once_in_an_interval() {
        let client = options(&[("ZEN_EDGE_POLL_INTERVAL", "20s")], Place::default()).client;
        let cached = client.cached.unwrap();
        assert_eq!(cached.pointer_ttl, Duration::from_secs(20));
        assert_eq!(client.schedule.interval, Duration::from_secs(5));
        let quick = options(&[("ZEN_EDGE_POLL_INTERVAL", "200ms")], Place::default()).client;
        let schedule = quick.schedule;
        assert_eq!(schedule.interval, Duration::from_millis(50));
        assert!(schedule.floor <= schedule.interval && schedule.retry <= schedule.interval);
        assert_eq!(schedule.cap, Duration::from_millis(800));
        // Without a cache, every instance asks by itself.
        let alone = options(
            &[
                ("ZEN_EDGE_POLL_INTERVAL", "20s"),
                ("ZEN_EDGE_CACHE", "none"),
            ],
            Place::default(),
        );
        assert_eq!(alone.client.cached, None);
        assert_eq!(alone.client.schedule.interval, Duration::from_secs(20));
    }

    #[test]
    fn a_region_has_its_own_order_of_sources() {
        let regions = r#"{"default":"eu","continents":{"NA":"us"},"sources":{"eu":["eu","us"],"us":["us","eu"]}}"#;
        let names = |continent| {
            let place = Place {
                colo: None,
                continent,
            };
            let options = options(&[("ZEN_EDGE_REGIONS", regions)], place);
            let sources = options.client.sources.into_iter();
            sources.map(|source| source.name).collect::<Vec<_>>()
        };
        assert_eq!(names(Some("NA")), ["us", "eu"]);
        assert_eq!(names(None), ["eu", "us"]);
    }

    #[test]
    fn nothing_is_granted_or_unsigned_unless_it_is_said() {
        let options = options(&[], Place::default());
        assert!(options.compile.host.http.is_none());
        assert!(matches!(options.client.trust, TrustOptions::Tuf(_)));
        let granted = self::options(&[("ZEN_EDGE_HTTP_HOSTS", "api.test")], Place::default());
        let http = granted.compile.host.http.unwrap();
        assert_eq!(http.allowed_hosts.check("https://api.test/"), Ok(()));
        assert!(http.allowed_hosts.check("https://other.test/").is_err());
    }
}
