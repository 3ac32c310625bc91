//! Addresses of stores: https, or http where nobody else listens.

use super::error::{ConfigurationError, shown};
use super::fields::Fields;
use worker::Url;
use worker::url::Host;

/// A field's address, with a `/` at its end.
pub(super) fn of(fields: &Fields<'_>, field: &'static str) -> Result<Url, ConfigurationError> {
    let text = fields.required(field)?;
    let insecure = fields.flag("insecure")?.unwrap_or(false);
    let fail = |problem: &str| Err(ConfigurationError::new(fields.place(field), problem));
    let Ok(mut url) = Url::parse(text) else {
        return fail("is not an address; write it like `https://storage.example.com`");
    };
    // Not repeated: this is where people put passwords.
    if !url.username().is_empty() || url.password().is_some() {
        return fail("has a user name or a password in it; name secrets instead");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return fail("has a `?` or a `#` in it; end it with a path");
    }
    match url.scheme() {
        "https" => {}
        "http" if insecure || url.host().is_some_and(|host| is_private(&host)) => {}
        "http" => {
            return fail(&format!(
                "is {}, which is neither encrypted nor on a private network; write `https://`, or add `\"insecure\": true` if everybody in between may read and change what is sent",
                shown(text)
            ));
        }
        _ => return fail("must begin with `https://`"),
    }
    if url.host_str().is_none_or(str::is_empty) {
        return fail("names no host");
    }
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    Ok(url)
}

/// Whether a host is this machine, or can only be on a network of one's own.
fn is_private(host: &Host<&str>) -> bool {
    match host {
        Host::Ipv4(ip) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        Host::Ipv6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
        Host::Domain(name) => {
            let name = name.strip_suffix('.').unwrap_or(name);
            // What has no dot is a name of one's own network: a container's, a service's.
            !name.contains('.') || name.ends_with(".localhost") || name.ends_with(".internal")
        }
    }
}

/// Whether a bucket's name can be put before the host's.
pub(super) fn may_have_subdomains(endpoint: &Url, bucket: &str) -> bool {
    let mut url = endpoint.clone();
    match endpoint.host() {
        Some(Host::Domain(host)) => {
            let whole = format!("{bucket}.{host}");
            url.set_host(Some(&whole)).is_ok() && url.host_str() == Some(&whole)
        }
        _ => false,
    }
}
