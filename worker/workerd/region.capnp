# A region of its own on plain workerd, without Cloudflare.
#
#   scripts/worker.sh
#   ZEN_EDGE_ENVIRONMENT=production ZEN_EDGE_SOURCES='[…]' ZEN_EDGE_TRUSTED_ROOT='{…}' \
#   workerd serve worker/workerd/region.capnp \
#     --socket-addr http=0.0.0.0:8080 --directory-path cache=/var/lib/zen-edge
#
# What is set in the process's environment is what wrangler.toml has as vars and secrets; a variable
# that is not set is as if it were not listed here. The folder keeps the last release that was good,
# so that a restart while no source answers is no outage; it must exist, and what is read back from it
# is verified again. A process is one isolate on one core: start several, each with a folder and a
# port of its own, behind whatever balances the load.
#
# workerd has no Cron Triggers: an evaluator looks for a newer release when requests come in. Where
# requests are rare, let something ask regularly, at about the poll interval:
#   curl --silent http://localhost:8080/api/ready

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "region", worker = .region),
    (name = "internet", network = .internet),
    (name = "cache", disk = (writable = true)),
  ],
  sockets = [(name = "http", address = "127.0.0.1:8080", http = (), service = "region")],
);

# Sources may be on this machine or on a private network, too.
const internet :Workerd.Network = (
  allow = ["public", "private", "local"],
  tlsOptions = (trustBrowserCas = true),
);

const region :Workerd.Worker = (
  compatibilityDate = "2026-11-01",
  modules = [
    (name = "index.js", esModule = embed "../dist/index.js"),
    (name = "zen_edge_worker.wasm", wasm = embed "../dist/zen_edge_worker.wasm"),
    (name = "baked-in.zip", data = embed "../dist/baked-in.zip"),
  ],
  bindings = [
    (name = "CACHE", service = "cache"),
    # Configuration: every variable that there is.
    (name = "ZEN_EDGE_ACCESS", fromEnvironment = "ZEN_EDGE_ACCESS"),
    (name = "ZEN_EDGE_BODY_LIMIT", fromEnvironment = "ZEN_EDGE_BODY_LIMIT"),
    (name = "ZEN_EDGE_BUNDLES", fromEnvironment = "ZEN_EDGE_BUNDLES"),
    (name = "ZEN_EDGE_CACHE", fromEnvironment = "ZEN_EDGE_CACHE"),
    (name = "ZEN_EDGE_CORS", fromEnvironment = "ZEN_EDGE_CORS"),
    (name = "ZEN_EDGE_DECISION_LOG", fromEnvironment = "ZEN_EDGE_DECISION_LOG"),
    (name = "ZEN_EDGE_DECISION_LOG_MASK", fromEnvironment = "ZEN_EDGE_DECISION_LOG_MASK"),
    (name = "ZEN_EDGE_DECISION_LOG_SHARE", fromEnvironment = "ZEN_EDGE_DECISION_LOG_SHARE"),
    (name = "ZEN_EDGE_ENVIRONMENT", fromEnvironment = "ZEN_EDGE_ENVIRONMENT"),
    (name = "ZEN_EDGE_EXPIRED_AFTER", fromEnvironment = "ZEN_EDGE_EXPIRED_AFTER"),
    (name = "ZEN_EDGE_HTTP_HOSTS", fromEnvironment = "ZEN_EDGE_HTTP_HOSTS"),
    (name = "ZEN_EDGE_ON_EXPIRED", fromEnvironment = "ZEN_EDGE_ON_EXPIRED"),
    (name = "ZEN_EDGE_POLL_INTERVAL", fromEnvironment = "ZEN_EDGE_POLL_INTERVAL"),
    (name = "ZEN_EDGE_PROJECTS", fromEnvironment = "ZEN_EDGE_PROJECTS"),
    (name = "ZEN_EDGE_REGION", fromEnvironment = "ZEN_EDGE_REGION"),
    (name = "ZEN_EDGE_REGIONS", fromEnvironment = "ZEN_EDGE_REGIONS"),
    (name = "ZEN_EDGE_REVISION_FLOOR", fromEnvironment = "ZEN_EDGE_REVISION_FLOOR"),
    (name = "ZEN_EDGE_SOURCES", fromEnvironment = "ZEN_EDGE_SOURCES"),
    (name = "ZEN_EDGE_STALE_AFTER", fromEnvironment = "ZEN_EDGE_STALE_AFTER"),
    (name = "ZEN_EDGE_STATUS_TOKEN", fromEnvironment = "ZEN_EDGE_STATUS_TOKEN"),
    (name = "ZEN_EDGE_TRUST", fromEnvironment = "ZEN_EDGE_TRUST"),
    (name = "ZEN_EDGE_TRUSTED_ROOT", fromEnvironment = "ZEN_EDGE_TRUSTED_ROOT"),
    # Secrets, which ZEN_EDGE_SOURCES names: `"accessKeyId": "S3_ACCESS_KEY_ID"`. Add more as needed.
    (name = "S3_ACCESS_KEY_ID", fromEnvironment = "S3_ACCESS_KEY_ID"),
    (name = "S3_SECRET_ACCESS_KEY", fromEnvironment = "S3_SECRET_ACCESS_KEY"),
    (name = "S3_SESSION_TOKEN", fromEnvironment = "S3_SESSION_TOKEN"),
    (name = "S3_ACCESS_KEY_ID_2", fromEnvironment = "S3_ACCESS_KEY_ID_2"),
    (name = "S3_SECRET_ACCESS_KEY_2", fromEnvironment = "S3_SECRET_ACCESS_KEY_2"),
    (name = "S3_SESSION_TOKEN_2", fromEnvironment = "S3_SESSION_TOKEN_2"),
    (name = "S3_ACCESS_KEY_ID_3", fromEnvironment = "S3_ACCESS_KEY_ID_3"),
    (name = "S3_SECRET_ACCESS_KEY_3", fromEnvironment = "S3_SECRET_ACCESS_KEY_3"),
    (name = "S3_SESSION_TOKEN_3", fromEnvironment = "S3_SESSION_TOKEN_3"),
    (name = "SOURCE_TOKEN", fromEnvironment = "SOURCE_TOKEN"),
  ],
);
