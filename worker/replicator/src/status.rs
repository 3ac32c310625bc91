//! What the replicator answers over HTTP.

use crate::bindings::{Bindings, now, variable};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use worker::{Env, Method, Request, Response, Result};
use zen_edge_replicate::{look, status};

/// `GET /health` to everybody, `GET /status` to who has the token `ZEN_EDGE_STATUS_TOKEN`, to nobody
/// if there is none.
pub(crate) async fn answer(request: &Request, env: &Env) -> Result<Response> {
    let path = request.path();
    let known = matches!(path.as_str(), "/health" | "/status");
    match (known, request.method()) {
        (false, _) => problem(404, "there are /health and /status"),
        (true, Method::Get | Method::Head) if path == "/health" => health(env),
        (true, Method::Get | Method::Head) => {
            if !is_allowed(request, env)? {
                return problem(
                    401,
                    "the status needs the token `ZEN_EDGE_STATUS_TOKEN`, as `Authorization: Bearer …`",
                );
            }
            standing(env).await
        }
        (true, _) => problem(405, "only GET and HEAD"),
    }
}

fn health(env: &Env) -> Result<Response> {
    match Bindings::of(env) {
        Ok(_) => json(200, r#"{"status":"ok"}"#.to_owned()),
        // Which variable it is says the log.
        Err(error) => {
            worker::console_error!("zen-edge replicator: {error}");
            json(503, r#"{"status":"misconfigured"}"#.to_owned())
        }
    }
}

async fn standing(env: &Env) -> Result<Response> {
    let bindings = match Bindings::of(env) {
        Ok(bindings) => bindings,
        Err(error) => return problem(503, error.message()),
    };
    let mut looks = Vec::new();
    for environment in &bindings.settings.environments {
        looks.extend(look(&bindings, environment).await);
    }
    json(200, status(&looks, now())?)
}

fn is_allowed(request: &Request, env: &Env) -> Result<bool> {
    let token = variable(env, "ZEN_EDGE_STATUS_TOKEN").unwrap_or_default();
    let given = request.headers().get("authorization")?.unwrap_or_default();
    let given = given.strip_prefix("Bearer ").unwrap_or_default();
    let same = Sha256::digest(given).ct_eq(&Sha256::digest(&token));
    Ok(!token.is_empty() && bool::from(same))
}

fn problem(status: u16, message: &str) -> Result<Response> {
    json(status, serde_json::json!({ "error": message }).to_string())
}

fn json(status: u16, body: String) -> Result<Response> {
    let response = Response::ok(body)?.with_status(status);
    response.headers().set("content-type", "application/json")?;
    response.headers().set("cache-control", "no-store")?;
    Ok(response)
}
